import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { ActYourself } from './ActYourself.tsx'
import { BesideControls } from './BesideControls.tsx'
import { EpisodeAnnouncer } from './EpisodeAnnouncer.tsx'
import { StatePane } from './StatePane.tsx'
import { standing, stepsInWords } from './standing.ts'
import { Transcript } from './transcript/Transcript.tsx'
import { WatchControls } from './WatchControls.tsx'

/** The open episode: who acts, what was done, the state of the world, and what another would do. */
export function EpisodePane() {
  const episode = useLab((state) => state.episode)
  const opening = useLab((state) => state.openingEpisode)
  const shown = useLab((state) => state.shownTurn)
  const writing = useLab((state) => state.writing)
  const showTurn = useLab((state) => state.showTurn)
  if (!episode) {
    return (
      <p className={classes.empty}>
        {opening ? 'The episode is being opened …' : 'No episode is open: open one on the left.'}
      </p>
    )
  }
  const { split, seed, question } = episode.task
  return (
    <div className={classes.episode}>
      <div className={classes.top}>
        <WatchControls />
        <p className={classes.standing}>
          <b>{episode.taskType}</b>
          {question === undefined && `, ${split}, seed ${seed}`}: {stepsInWords(episode)},{' '}
          <span data-testid="episode-standing" data-solved={episode.over && episode.score.success}>
            {standing(episode)}
          </span>
        </p>
      </div>
      <div className={classes.told}>
        <Transcript
          key={episode.id}
          prompt={episode.prompt}
          turns={episode.turns}
          chosen={shown !== null && shown >= 0 ? shown : null}
          onChoose={showTurn}
          writing={writing}
        />
      </div>
      <ActYourself key={`own ${episode.id}`} />
      <div className={classes.right}>
        <StatePane episode={episode} />
        <BesideControls episode={episode} />
      </div>
      <EpisodeAnnouncer />
    </div>
  )
}
