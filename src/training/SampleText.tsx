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
  const [maxTokens, setMaxTokens] = useState<number | string>(80)
  const [seed, setSeed] = useState<number | string>(1)
  const [written, setWritten] = useState('')
  const [writing, setWriting] = useState(false)
  const newest = useRef('')
  const prompt = own ?? (view ? promptOf(view) : '')
  const numbers = [temperature, maxTokens, seed]

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
    const options = { temperature: Number(temperature), maxTokens: Number(maxTokens), seed: Number(seed) }
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
        <Option label="Temperature" value={temperature} onChange={setTemperature} step={0.1} />
        <Option label="Max tokens" value={maxTokens} onChange={setMaxTokens} step={20} />
        <Option label="Sample seed" value={seed} onChange={setSeed} step={1} />
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

interface OptionProps {
  label: string
  value: number | string
  onChange: (value: number | string) => void
  step: number
}

function Option({ label, value, onChange, step }: OptionProps) {
  return (
    <NumberInput
      label={label}
      value={value}
      onChange={onChange}
      step={step}
      min={0}
      allowNegative={false}
      allowDecimal={step < 1}
      hideControls
    />
  )
}
