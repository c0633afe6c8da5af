import { describe, expect, it } from 'vitest'
import { frameworkLogs } from '../../../workers/trajectories/formats/framework-logs.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { contents, read, spansOf } from './reading.ts'

describe('logs of frameworks with words of their own', () => {
  it('of AutoGPT: thoughts, reasons, plan and criticism, then the command', () => {
    const text =
      'Welcome!\nLake-GPT THOUGHTS: I look.\nREASONING: It helps.\nPLAN: \n- search\n- write\nCRITICISM: Be quick.\nNEXT ACTION: COMMAND = google ARGUMENTS = {}\nSYSTEM: Command google returned: deep\n'
    expect(contents(text)).toEqual([
      [
        ['prompt', 'Welcome!'],
        ['reason', 'I look.'],
        ['reason', 'It helps.'],
        ['reason', '- search\n- write'],
        ['reason', 'Be quick.'],
        ['act', 'COMMAND = google ARGUMENTS = {}'],
        ['observation', 'Command google returned: deep'],
      ],
    ])
  })

  it('of LlamaIndex’ function calls', () => {
    const text =
      'Added user message to memory: What is 2 + 3?\n=== Calling Function ===\nCalling function: add with args: {"a":2}\nGot output: 5\n========================\n=== LLM Response ===\nIt is 5.\n'
    expect(contents(text)[0]).toEqual([
      ['prompt', 'Added user message to memory: What is 2 + 3?'],
      ['act', 'add with args: {"a":2}'],
      ['observation', '5'],
      ['other', ''],
      ['act', 'It is 5.'],
    ])
  })

  it('of SWE-agent, old and new', () => {
    const steps = [
      ['reason', 'I look.'],
      ['act', 'ls -a'],
      ['observation', 'a.txt'],
    ]
    expect(
      contents(
        'INFO     THOUGHT (primary)\nI look.\nINFO     ACTION (primary)\nls -a\nINFO     OBSERVATION (primary)\na.txt\n',
      )[0],
    ).toEqual(steps)
    expect(
      contents(
        'INFO     💭 THOUGHT\nI look.\n\nINFO     🎬 ACTION (node)\nls -a\nDEBUG    OBSERVATION:\na.txt\n',
      )[0],
    ).toEqual(steps)
  })

  it('of the fields that DSPy writes', () => {
    const text =
      'What is it?\n[[ ## thought_0 ## ]]\nI look.\n\n[[ ## tool_name_0 ## ]]\nfind\n\n[[ ## tool_args_0 ## ]]\n{"q": 1}\n\n[[ ## observation_0 ## ]]\ndeep\n\n[[ ## next_thought ## ]]\nDone.\n\n[[ ## next_tool_name ## ]]\nfinish\n\n[[ ## next_tool_args ## ]]\n{}\n\n[[ ## completed ## ]]\n'
    const drafts = frameworkLogs.readText!(text)!
    expect(drafts).toHaveLength(1)
    expect(spansOf(segment(drafts[0]!, { file: 'f', index: 0, format: 'x' })!)).toEqual([
      ['prompt', 'What is it?'],
      ['reason', 'I look.'],
      ['act', 'find\n\n[[ ## tool_args_0 ## ]]\n{"q": 1}'],
      ['observation', 'deep'],
      ['reason', 'Done.'],
      ['act', 'finish\n\n[[ ## next_tool_args ## ]]\n{}'],
      ['other', ''],
    ])
  })

  it('are no such logs where nobody acts', () => {
    expect(read('THOUGHT (1)\nwords\nTHOUGHT (2)\nwords\n').trajectories).toEqual([])
  })
})
