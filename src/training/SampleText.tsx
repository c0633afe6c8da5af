import { Button, NumberInput, Textarea } from '@mantine/core'
import * as Comlink from 'comlink'
import { useRef, useState } from 'react'
import { lab } from '../lab/client.ts'
import { attempt } from '../lab/notices.ts'
import { useLab } from '../lab/store.ts'
import { promptOf } from '../trajectories/kinds.ts'
import classes from './SampleText.module.css'

/** What the present student writes after a prompt. */
export function SampleText() {
  const view = useLab((state) => state.view)
  const hasStudent = useLab((state) => state.run.hasStudent)
  const [own, setOwn] = useState<string>()
  const [temperature, setTemperature] = useState<number | string>(0)
  const [topK, setTopK] = useState<number | string>(0)
  const [topP, setTopP] = useState<number | string>(1)
  const [maxTokens, setMaxTokens] = useState<number | string>(80)
  const [seed, setSeed] = useState<number | string>(1)
  const [stops, setStops] = useState('')
  const [written, setWritten] = useState('')
  const [writing, setWriting] = useState(false)
  const newest = useRef('')
  const prompt = own ?? (view ? promptOf(view) : '')
  const numbers = [temperature, topK, topP, maxTokens, seed]

  const generate = async () => {
    setWriting(true)
    setWritten('')
    newest.current = ''
    let frame = 0
    const show = () => {
      frame = 0
      setWritten(newest.current)
    }
    const hear = (text: string) => {
      newest.current = text
      frame ||= requestAnimationFrame(show)
    }
    const options = {
      temperature: Number(temperature),
      topK: Number(topK),
      topP: Number(topP),
      maxTokens: Number(maxTokens),
      stop: stopStrings(stops),
      seed: Number(seed),
    }
    const text = await attempt(lab.generate(prompt, options, Comlink.proxy(hear)))
    cancelAnimationFrame(frame)
    if (text !== undefined) setWritten(text)
    setWriting(false)
  }
  return (
    <section className={classes.box} aria-labelledby="sample-title">
      <div className={classes.heading}>
        <h3 id="sample-title">Sample text</h3>
        {own !== undefined && (
          <Button variant="subtle" size="compact-xs" onClick={() => setOwn(undefined)}>
            Take the prompt on show
          </Button>
        )}
      </div>
      <Textarea
        aria-label="Prompt"
        rows={3}
        placeholder="The text that the student continues"
        styles={{ input: { fontFamily: 'var(--font-mono)' } }}
        value={prompt}
        onChange={(event) => setOwn(event.currentTarget.value)}
      />
      <div className={classes.options}>
        <Option
          label="Temperature"
          title="0 takes the most likely token each time"
          value={temperature}
          onChange={setTemperature}
          step={0.1}
        />
        <Option
          label="Top-k"
          title="Draws from the k most likely tokens only; 0 means all"
          value={topK}
          onChange={setTopK}
          step={1}
        />
        <Option
          label="Top-p"
          title="Draws from the fewest most likely tokens whose probabilities reach this sum"
          value={topP}
          onChange={setTopP}
          step={0.05}
          max={1}
        />
        <Option label="Max tokens" value={maxTokens} onChange={setMaxTokens} step={20} />
        <Option label="Sample seed" value={seed} onChange={setSeed} step={1} />
        <Textarea
          className={classes.stops}
          label="Stop strings"
          title="One a line; \n stands for a line end. The text ends before the first that it would hold."
          placeholder="\n&gt;"
          rows={1}
          styles={{ input: { fontFamily: 'var(--font-mono)' } }}
          value={stops}
          onChange={(event) => setStops(event.currentTarget.value)}
        />
        <Button
          disabled={!hasStudent || writing || prompt === '' || numbers.includes('')}
          onClick={generate}
          title={hasStudent ? undefined : 'There is no student yet: train one first.'}
        >
          Generate
        </Button>
      </div>
      <output className={classes.written} aria-label="What the student wrote" aria-busy={writing}>
        {written || (writing ? '…' : hasStudent ? '' : 'There is no student yet.')}
      </output>
    </section>
  )
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/** The strings that are typed one a line, with the usual escapes for what cannot stand in a line. */
function stopStrings(typed: string): string[] {
  const lines = typed.split('\n').filter((line) => line !== '')
  return lines.map((line) => line.replace(/\\([nrt\\])/g, (_, letter: string) => ESCAPES[letter]!))
}

interface OptionProps {
  label: string
  title?: string
  value: number | string
  onChange: (value: number | string) => void
  step: number
  max?: number
}

function Option({ label, title, value, onChange, step, max }: OptionProps) {
  return (
    <NumberInput
      label={label}
      title={title}
      value={value}
      onChange={onChange}
      step={step}
      min={0}
      max={max}
      allowNegative={false}
      allowDecimal={step < 1}
      hideControls
    />
  )
}
