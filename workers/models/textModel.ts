import type { Operations, Sampling, Values, Weights } from '../kernels/operations.ts'
import { gptCache, gptForward, TABLE } from './gpt.ts'
import type { GptConfig } from './parameters.ts'

/** A model that goes on with texts, wherever it computes: on this machine's device, or in another process. */
export interface TextModel {
  readonly config: GptConfig
  /**
   * @param rows texts that the cache has room for
   * @param capacity positions of each text at most
   */
  open(rows: number, capacity: number): TextCache
}

/** Some texts go on: B rows of equally many tokens. */
export interface TextPass {
  /** Tokens of each row. */
  length: number
  /** [B · length]; what stands behind a row's last token is filling. */
  ids: Int32Array
  /** [B] where in `ids` the last token of each row is: the next is drawn from there. */
  lasts: Int32Array
  /** [B] how many tokens of each text the cache has. */
  lengths: Int32Array
  /** [B] which text of the cache each row goes on with. */
  places: Int32Array
  /** [B] in [0, 1), for drawing. */
  draws: Float32Array
}

/** Keys and values of what was read of several texts. */
export interface TextCache {
  /** Reads on, and draws the token after each row. @returns [B] ids of each pass, and what else there may be behind */
  draw(passes: readonly TextPass[], sampling: Sampling): Promise<ArrayLike<number>[]>
  dispose(): void
}

/**
 * The lab's GPT on a device; the tokens of all passes come back in one transfer.
 *
 * @param weights of the moment; asked for inside a scope
 */
export function modelOn(operations: Operations, config: GptConfig, weights: () => Weights): TextModel {
  return {
    config,
    open(rows, capacity) {
      const cache = gptCache(operations, config, rows, capacity)
      const drawOne = ({ length, ids, lasts, lengths, places, draws }: TextPass, sampling: Sampling) => {
        const positions = ids.map((_, i) => lengths[Math.floor(i / length)]! + (i % length))
        const now = weights()
        const read = operations.rows({ rows: lasts.length, length, ids, positions }, false)
        const hidden = gptForward(operations, config, now, read, { cache, lengths, places })
        const logits = operations.logits(hidden, now.get(TABLE)!, lasts)
        return operations.sample(logits, sampling, draws)
      }
      return {
        async draw(passes, sampling) {
          const drawn: Values[] = []
          try {
            for (const pass of passes) drawn.push(operations.scope(() => drawOne(pass, sampling)))
            return await operations.read(...drawn)
          } finally {
            operations.free(...drawn)
          }
        },
        dispose: () => cache.dispose(),
      }
    },
  }
}
