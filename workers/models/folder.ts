import { z } from 'zod'
import { LabError, messageOf } from '../errors.ts'
import { describeIssues, issuesOf } from '../issues.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { flattenTensors, type GptConfig, gptParameters } from './parameters.ts'
import { type NamedTensor, readSafetensors, safetensorsParts, writeSafetensors } from './safetensors.ts'

/** A model as it lies in a folder: its shape, its values in one flat vector, its tokenizer's JSON. */
export interface StudentFolder {
  config: GptConfig
  /** [P] */
  parameters: Float32Array
  tokenizer: unknown
}

/** A size of a model; far above what the lab can train, so that a damaged file does not exhaust the memory. */
const size = (most: number) => z.int().min(1).max(most)

/** What a student folder holds at least. */
export const STUDENT_FOLDER_FILES = ['model.safetensors', 'config.json', 'tokenizer.json']

/** The parts of Hugging Face's GPT2Config that must be as the lab's GPT has them. */
const Gpt2Config = z.object({
  model_type: z.literal('gpt2'),
  vocab_size: size(2 ** 24),
  n_positions: size(2 ** 24),
  n_embd: size(2 ** 16),
  n_layer: size(1024),
  n_head: size(2 ** 16),
  n_inner: z.int().positive().nullish(),
  activation_function: z.literal('gelu_new').default('gelu_new'),
  layer_norm_epsilon: z.literal(1e-5).default(1e-5),
})

const text = new TextEncoder()
const json = (value: unknown) => text.encode(`${JSON.stringify(value, null, 2)}\n`)

/**
 * A student as a Hugging Face folder that transformers loads with AutoModelForCausalLM and AutoTokenizer.
 *
 * @returns file name -> content
 */
export function writeStudentFolder(
  config: GptConfig,
  parameters: Float32Array,
  tokenizer: Tokenizer,
): Record<string, Uint8Array> {
  return {
    'model.safetensors': writeSafetensors(namedTensors(config, parameters), WEIGHTS_METADATA),
    ...describedStudent(config, tokenizer),
  }
}

/** Its `model.safetensors` in parts, without a copy of the parameters. */
export function studentWeights(config: GptConfig, parameters: Float32Array): Iterable<Uint8Array> {
  return safetensorsParts(namedTensors(config, parameters), WEIGHTS_METADATA)
}

const WEIGHTS_METADATA = { format: 'pt' }

function namedTensors(config: GptConfig, parameters: Float32Array): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>()
  for (const { name, shape, offset, size } of gptParameters(config)) {
    tensors.set(name, { shape, data: parameters.subarray(offset, offset + size) })
  }
  return tensors
}

/** The files of a student's folder beside its weights. */
export function describedStudent(config: GptConfig, tokenizer: Tokenizer): Record<string, Uint8Array> {
  const ids = { bos_token_id: tokenizer.endOfTextId, eos_token_id: tokenizer.endOfTextId }
  return {
    'config.json': json({
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      vocab_size: config.vocabularySize,
      n_positions: config.contextLength,
      n_embd: config.width,
      n_layer: config.layers,
      n_head: config.heads,
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      tie_word_embeddings: true,
      attn_pdrop: 0,
      embd_pdrop: 0,
      resid_pdrop: 0,
      ...ids,
    }),
    'tokenizer.json': json(tokenizer.toJSON()),
    'tokenizer_config.json': json({
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: '<|endoftext|>',
      eos_token: '<|endoftext|>',
      model_max_length: config.contextLength,
      clean_up_tokenization_spaces: false,
    }),
    'generation_config.json': json({
      ...ids,
      pad_token_id: tokenizer.endOfTextId,
      max_length: config.contextLength,
    }),
  }
}

/**
 * Reads a folder that the lab (or transformers, for a float32 GPT-2) has written.
 *
 * @param files file name without its folders -> content
 * @param where the folder's name, for messages
 * @throws LabError `invalid-student` naming the file and what is wrong with it
 */
export function readStudentFolder(files: ReadonlyMap<string, Uint8Array>, where: string): StudentFolder {
  const file = (name: string) => {
    const content = files.get(name)
    if (content) return content
    throw new LabError(
      'invalid-student',
      `${where}: ${name} is missing; a student folder holds model.safetensors, config.json and tokenizer.json.`,
    )
  }
  const parse = (name: string): unknown => {
    try {
      return JSON.parse(new TextDecoder().decode(file(name)))
    } catch (error) {
      if (error instanceof LabError) throw error
      throw new LabError('invalid-student', `${where}: ${name} is not valid JSON (${messageOf(error)}).`)
    }
  }
  const hfConfig = parse('config.json')
  const parsed = Gpt2Config.safeParse(hfConfig)
  if (!parsed.success) {
    const issues = describeIssues(issuesOf(parsed.error, hfConfig), 'the whole file')
    throw new LabError(
      'invalid-student',
      `${where}: config.json is not that of a GPT-2 as the lab knows it: ${issues}.`,
    )
  }
  const hf = parsed.data
  if (hf.n_embd % hf.n_head !== 0) {
    throw new LabError(
      'invalid-student',
      `${where}: config.json has n_embd ${hf.n_embd}, no multiple of n_head ${hf.n_head}.`,
    )
  }
  if (hf.n_inner != null && hf.n_inner !== 4 * hf.n_embd) {
    throw new LabError(
      'invalid-student',
      `${where}: config.json has n_inner ${hf.n_inner}; the lab reads 4 × n_embd only.`,
    )
  }
  const config: GptConfig = {
    vocabularySize: hf.vocab_size,
    contextLength: hf.n_positions,
    layers: hf.n_layer,
    width: hf.n_embd,
    heads: hf.n_head,
  }
  const tensors = readSafetensors(file('model.safetensors'), `${where}/model.safetensors`)
  return {
    config,
    parameters: flattenTensors(tensors, gptParameters(config), `${where}/model.safetensors`),
    tokenizer: parse('tokenizer.json'),
  }
}
