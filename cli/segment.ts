import { closeSync, openSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { LabError, messageOf } from '../workers/errors.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { spanLine } from '../workers/trajectories/export.ts'
import { DEFAULT_READING, type Reading } from '../workers/trajectories/reading.ts'
import { TOOL_CALL_FORMS, type ToolCallForm } from '../workers/trajectories/toolCall.ts'
import { readCorrections, readEach, readJson, requireFiles, say, userPath } from './files.ts'

/** `lab segment`: one JSON line per trajectory, on stdout or in --out, written as it is found. */
export async function segment(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      format: { type: 'string' },
      out: { type: 'string' },
      recipe: { type: 'string' },
      corrections: { type: 'string' },
      'tool-calls': { type: 'string' },
    },
  })
  requireFiles(positionals)
  const reading = await chosenReading(values.recipe, values['tool-calls'])
  const corrections = await readCorrections(values.corrections)
  const output = values.out ? fileOutput(values.out) : standardOutput()
  let trajectories = 0
  let warnings = 0
  try {
    await readEach(positionals, { format: values.format, reading, corrections }, (trajectory) => {
      trajectories++
      warnings += trajectory.warnings.length
      output.write(`${JSON.stringify(spanLine(trajectory))}\n`)
    })
  } finally {
    output.close()
  }
  say(`${trajectories} trajectories, ${warnings} warnings.`)
}

async function chosenReading(recipe: string | undefined, toolCalls: string | undefined): Promise<Reading> {
  const reading = recipe === undefined ? DEFAULT_READING : parseRecipe(await readJson(recipe), recipe).reading
  if (toolCalls === undefined) return reading
  if (TOOL_CALL_FORMS.includes(toolCalls as ToolCallForm)) {
    return { ...reading, toolCalls: toolCalls as ToolCallForm }
  }
  throw new LabError('usage', `--tool-calls ${toolCalls} is none of ${TOOL_CALL_FORMS.join(', ')}.`)
}

interface Output {
  write(line: string): void
  close(): void
}

function standardOutput(): Output {
  // Node waits for a file, a terminal or (but on Windows) a pipe to take what is written.
  return { write: (line) => process.stdout.write(line), close: () => {} }
}

/** The file is made with its first line, so that a failure leaves what was there. */
function fileOutput(path: string): Output {
  let file: number | null = null
  const flush = (content: string) => {
    try {
      file ??= openSync(userPath(path), 'w')
      writeSync(file, content)
    } catch (error) {
      throw new LabError('usage', `${path} cannot be written: ${messageOf(error)}.`)
    }
  }
  return {
    write: flush,
    close: () => {
      if (file !== null) closeSync(file)
    },
  }
}
