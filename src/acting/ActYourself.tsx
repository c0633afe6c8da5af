import { Button, TextInput } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { ErrorLine } from './ErrorLine.tsx'
import { worldNamed } from './worldsSlice.ts'

/** What is to be filled in, in the form of an action. */
const PLACEHOLDER = /[A-Z]{2,}/

const MONOSPACE = { input: { fontFamily: 'var(--font-mono)' } }

/** A turn of the person's own: an action, and what they think if they like. */
export function ActYourself() {
  const episode = useLab((state) => state.episode)
  const world = useLab((state) => worldNamed(state.worlds, state.episode?.task.world ?? ''))
  const takeOwnTurn = useLab((state) => state.takeOwnTurn)
  const free = useLab(({ playing, episode }) => playing === null && episode?.over === false)
  const [reasoning, setReasoning] = useState('')
  const [action, setAction] = useState('')
  const [sending, setSending] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const history = useHistory(action, setAction)
  const commands = world?.commands ?? []

  const send = async (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    const heard = await takeOwnTurn({ reasoning, action })
    setSending(false)
    if (!heard) return
    history.keep(action)
    setReasoning('')
    setAction('')
    input.current?.focus()
  }

  /** Puts a form into the input, what is to be filled in first picked. */
  const take = (form: string) => {
    setAction(form)
    const place = PLACEHOLDER.exec(form)
    requestAnimationFrame(() => {
      input.current?.focus()
      if (place) input.current?.setSelectionRange(place.index, place.index + place[0].length)
    })
  }
  if (!episode) return null
  return (
    <form className={classes.own} aria-label="Act yourself" onSubmit={send}>
      <fieldset className={classes.forms} aria-label="Forms of actions" disabled={!free}>
        {commands.map((form) => (
          <button key={form} type="button" onClick={() => take(form)}>
            {form}
          </button>
        ))}
      </fieldset>
      <div className={classes.typed}>
        <TextInput
          aria-label="Your reasoning"
          placeholder="Reasoning"
          title="What you think, if you like to say it"
          styles={MONOSPACE}
          value={reasoning}
          disabled={!free}
          onChange={(event) => setReasoning(event.currentTarget.value)}
        />
        <TextInput
          ref={input}
          aria-label="Your action"
          placeholder="Your action"
          title="Arrow up brings back what you did before"
          styles={MONOSPACE}
          autoComplete="off"
          spellCheck={false}
          value={action}
          disabled={!free}
          onChange={(event) => setAction(event.currentTarget.value)}
          onKeyDown={history.press}
        />
        <Button
          type="submit"
          disabled={!free || sending || (action.trim() === '' && reasoning.trim() === '')}
        >
          Act
        </Button>
      </div>
      <ErrorLine place="episode" />
    </form>
  )
}

/** What was typed before, brought back by the arrow keys as shells do. */
function useHistory(typed: string, setTyped: (text: string) => void) {
  const [kept, setKept] = useState<readonly string[]>([])
  /** Steps back from what is being typed; 0 is that itself. */
  const [back, setBack] = useState(0)
  const [draft, setDraft] = useState('')
  return {
    keep(text: string) {
      if (text !== '' && text !== kept.at(-1)) setKept([...kept, text])
      setBack(0)
    },
    press(event: KeyboardEvent) {
      const to = back + ({ ArrowUp: 1, ArrowDown: -1 }[event.key] ?? 0)
      if (to === back || to < 0 || to > kept.length) return
      event.preventDefault()
      if (back === 0) setDraft(typed)
      setBack(to)
      setTyped(to === 0 ? draft : kept.at(-to)!)
    },
  }
}
