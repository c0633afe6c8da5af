import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Replay, replayTrajectory } from '../../../../workers/environments/household/replay/replay.ts'
import { scoreReplays } from '../../../../workers/environments/household/replay/score.ts'
import { readTrajectories } from '../../../../workers/trajectories/read.ts'

const SHARED = '../shared/trajectories'
const FILES = [
  'ysymyth-ReAct/alfworld_3prompts.json',
  'THUDM-AgentBench/alfworld_multiturn_plan_first.json',
  'THUDM-AgentBench/alfworld_multiturn_react.json',
  'zjunlp-WKM/alfworld_icl_ag.json',
  'xingyaoww-mint-bench/alfworld_gpt-4-0613_max5.jsonl',
  'AnnonymousForPapers-Efficient_Self-Adaptive_Language_Agent/react_gemma2_readme.md',
]

const replayFile = (file: string): (Replay | null)[] =>
  readTrajectories(file, readFileSync(`${SHARED}/${file}`)).trajectories.map(replayTrajectory)

describe.skipIf(!existsSync(SHARED))(
  'real ALFWorld transcripts (skipped where ../shared is not there)',
  () => {
    const replays = existsSync(SHARED) ? new Map(FILES.map((file) => [file, replayFile(file)])) : new Map()

    it('are played to at least 98 % equal to the letter', () => {
      const { actions, predicted, given, distinct } = scoreReplays([...replays.values()].flat())
      expect(actions.compared).toBeGreaterThan(850)
      expect(actions.equal / actions.compared).toBeGreaterThanOrEqual(0.98)
      expect(predicted.compared).toBeGreaterThan(260)
      expect(predicted.equal / predicted.compared).toBeGreaterThanOrEqual(0.97)
      expect(distinct.compared).toBeGreaterThan(550)
      expect(distinct.equal / distinct.compared).toBeGreaterThanOrEqual(0.98)
      expect(given.equal / given.compared).toBeGreaterThanOrEqual(0.98)
    })

    it('differ in five places only, each of them a slip of whoever wrote it down', () => {
      const different = [...replays].flatMap(([file, some]: [string, (Replay | null)[]]) =>
        some.flatMap((replay, i) =>
          replay!.answers
            .filter(({ verdict }) => verdict === 'different')
            .map(({ step, command }) => `${file.split('/')[0]} ${i + 1} ${step} ${command}`),
        ),
      )
      expect(different).toEqual([
        // It opens the fridge without having gone there, in two versions of the same episode.
        'ysymyth-ReAct 7 1 open fridge 1',
        // Thought and action have changed places.
        'ysymyth-ReAct 10 5 think',
        'ysymyth-ReAct 25 1 open fridge 1',
        // It takes a second thing with the hands full, and puts down both.
        'zjunlp-WKM 6 4 take remotecontrol 3 from coffeetable 1',
        'zjunlp-WKM 6 6 put remotecontrol 4 in/on armchair 1',
      ])
    })

    it('reach their goals as the files say, but for one', () => {
      const { goals } = scoreReplays([...replays.values()].flat())
      expect(goals).toMatchObject({ known: 91, reached: 83, told: 35, agreed: 34 })
    })
  },
)
