import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { codes, expectPartition, spansOf } from './reading.ts'

/** Transcripts that public repositories recorded; they lie beside the checkout, not in it. */
const FOLDER = fileURLToPath(new URL('../../../../shared/trajectories/', import.meta.url))
const here = existsSync(FOLDER)

function load(path: string) {
  return readTrajectories(path, readFileSync(FOLDER + path))
}

describe.skipIf(!here)(
  `recorded transcripts${here ? '' : ' (skipped: ../shared/trajectories is not here)'}`,
  () => {
    const counts: [path: string, format: string, environment: string, trajectories: number][] = [
      ['ysymyth-ReAct/alfworld_3prompts.json', 'alfworld', 'household', 36],
      [
        'AnnonymousForPapers-Efficient_Self-Adaptive_Language_Agent/react_gemma2_readme.md',
        'alfworld',
        'household',
        2,
      ],
      ['ysymyth-ReAct/fever_run_stdout.txt', 'react-text', 'wiki', 60],
      ['ysymyth-ReAct/webshop_run_stdout.txt', 'react-text', 'shop', 90],
      ['noahshinn-reflexion/hotpotqa_base_react_thought_log.txt', 'react-text', 'wiki', 102],
      ['noahshinn-reflexion/hotpotqa_cot_trial1.txt', 'react-text', 'wiki', 100],
      ['zjunlp-KnowAgent/hotpotqa_processed_knowagent.jsonl', 'react-text', 'wiki', 50],
      ['anchen1011-FireAct/gpt_multitask_multimethod.jsonl', 'openai-messages', 'wiki', 250],
      ['zjunlp-WKM/alfworld_icl_ag.json', 'openai-messages', 'household', 6],
      ['anchen1011-FireAct/alpaca_hotpotqa.json', 'alpaca', 'wiki', 200],
    ]
    for (const [path, format, environment, trajectories] of counts) {
      it(`${path} holds ${trajectories} trajectories of ${format}`, () => {
        const read = load(path)
        expect(read.problems).toEqual([])
        expect(read.trajectories).toHaveLength(trajectories)
        for (const trajectory of read.trajectories) {
          expect(trajectory.format).toBe(format)
          expect(trajectory.environment).toBe(environment)
          expect(trajectory.spans[0]!.kind).toBe('prompt')
        }
      })
    }

    it('prompts_naive.json holds 51 trajectories, 20 of them without a thought', () => {
      const { trajectories, problems } = load('ysymyth-ReAct/prompts_naive.json')
      expect(problems).toEqual([])
      expect(trajectories).toHaveLength(51)
      expect(trajectories.filter((trajectory) => codes(trajectory).includes('no-reason-span'))).toHaveLength(
        20,
      )
      for (const trajectory of trajectories) {
        expect(spansOf(trajectory)[0]![1]).toMatch(/^Question: .+/)
        expect(spansOf(trajectory).filter(([kind]) => kind === 'prompt')).toHaveLength(1)
      }
    })

    it('every file is read without a throw, partitioned, or refused with a sentence', () => {
      for (const folder of readdirSync(FOLDER, { withFileTypes: true })) {
        if (!folder.isDirectory()) continue
        for (const name of readdirSync(FOLDER + folder.name)) {
          const { trajectories, problems } = load(`${folder.name}/${name}`)
          trajectories.forEach(expectPartition)
          expect(trajectories.length + problems.length, name).toBeGreaterThan(0)
        }
      }
    })

    it('the ALFWorld prompts come back whole, the acted ones without a thought', () => {
      const path = 'ysymyth-ReAct/alfworld_3prompts.json'
      const source = JSON.parse(readFileSync(FOLDER + path, 'utf8')) as Record<string, string>
      const { trajectories } = load(path)
      expect(trajectories.map(({ text }) => text)).toEqual(Object.values(source))
      Object.keys(source).forEach((name, i) => {
        expect(codes(trajectories[i]!)).toEqual(name.startsWith('act_') ? ['no-reason-span'] : [])
      })
      for (const { text, spans } of trajectories) {
        const lines = text.split('\n').filter((line) => line.startsWith('>'))
        const turns = spans.filter(({ kind }) => kind === 'reason' || kind === 'act')
        expect(turns.map(({ start, end }) => text.slice(start, end))).toEqual(
          lines.map((line) => `${line}\n`),
        )
        for (const span of turns) {
          const marker = text.slice(span.start, span.contentStart)
          expect(marker).toMatch(span.kind === 'reason' ? /^> think: *$/ : /^> ?$/)
        }
      }
    })

    it('in logs, every thought and action is exactly what its marker line says', () => {
      for (const path of [
        'ysymyth-ReAct/fever_run_stdout.txt',
        'noahshinn-reflexion/hotpotqa_base_react_thought_log.txt',
        'noahshinn-reflexion/hotpotqa_cot_trial1.txt',
        'ysymyth-ReAct/webshop_run_stdout.txt',
      ]) {
        const source = readFileSync(FOLDER + path, 'utf8')
        const { trajectories } = load(path)
        const spans = trajectories.flatMap((trajectory) => {
          return trajectory.spans.map((span) => ({
            kind: span.kind,
            text: trajectory.text.slice(span.start, span.end),
          }))
        })
        const starting = (word: string) => source.split('\n').filter((line) => line.startsWith(word))
        const resets = starting('Action: reset').length
        const supervised = spans.filter(({ kind }) => kind === 'reason' || kind === 'act')
        expect(supervised.length).toBe(starting('Thought').length + starting('Action').length - resets)
        for (const { kind, text } of supervised) {
          const thought = /^(?:Thought(?: \d+)?:|Action: think\[)/.test(text)
          expect(thought).toBe(kind === 'reason')
          expect(text).not.toMatch(/^(?:Observation|Question|Correct answer|-----|\{')/m)
        }
        for (const { text } of spans.filter(({ kind }) => kind === 'observation'))
          expect(text).toMatch(/^Observation/)
      }
    })

    it('worked examples in the KnowAgent prompts are not supervised', () => {
      for (const trajectory of load('zjunlp-KnowAgent/hotpotqa_processed_knowagent.jsonl').trajectories) {
        const [prompt, ...rest] = spansOf(trajectory)
        expect(prompt![1]).toContain('(END OF EXAMPLES)')
        expect(prompt![1].match(/^Question:/gm)).toHaveLength(3)
        expect(rest.filter(([kind]) => kind === 'prompt')).toEqual([])
      }
    })
  },
)
