import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { readStudentFolder, writeStudentFolder } from '../../../workers/models/folder.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { type NamedTensor, readSafetensors, writeSafetensors } from '../../../workers/models/safetensors.ts'
import { tokenizerFromJSON } from '../../../workers/tokenizer/json.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'

const TEXT = 'Thought: the lamp is on the desk, so I go to the desk.\n> go to desk 1\n'
const tokenizer = trainBpe([TEXT.repeat(4)], 280)
const CONFIG: GptConfig = {
  vocabularySize: tokenizer.vocabularySize,
  contextLength: 16,
  layers: 2,
  width: 8,
  heads: 2,
}
const parameters = initialParameters(gptParameters(CONFIG), 1)
const written = () => new Map(Object.entries(writeStudentFolder(CONFIG, parameters, tokenizer)))
const jsonOf = (files: Map<string, Uint8Array>, name: string) =>
  JSON.parse(new TextDecoder().decode(files.get(name)))
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

function refusal(files: Map<string, Uint8Array>): string {
  try {
    readStudentFolder(files, 'lamp')
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).code).toBe('invalid-student')
    return (error as LabError).message
  }
  throw new Error('the folder was read')
}

/** The folder with its config changed. */
function configured(change: Record<string, unknown>): Map<string, Uint8Array> {
  const files = written()
  return files.set('config.json', encode({ ...jsonOf(files, 'config.json'), ...change }))
}

/** The folder with its tensors changed. */
function withTensors(change: (tensors: Map<string, NamedTensor>) => Map<string, NamedTensor> | undefined) {
  const files = written()
  const tensors = readSafetensors(files.get('model.safetensors')!, 'm')
  return files.set('model.safetensors', writeSafetensors(change(tensors) ?? tensors, { format: 'pt' }))
}

describe('a student folder', () => {
  it('gives back the shape, the values and the tokenizer that were written', () => {
    const folder = readStudentFolder(written(), 'lamp')
    expect(folder.config).toEqual(CONFIG)
    expect(folder.parameters).toEqual(parameters)
    const again = tokenizerFromJSON(folder.tokenizer, 'tokenizer.json')
    expect([...again.encode(TEXT).ids]).toEqual([...tokenizer.encode(TEXT).ids])
  })

  it('holds the files and the fields that transformers asks for', () => {
    const files = written()
    expect([...files.keys()].sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    expect(jsonOf(files, 'config.json')).toMatchObject({
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      vocab_size: tokenizer.vocabularySize,
      n_positions: 16,
      n_embd: 8,
      n_layer: 2,
      n_head: 2,
      activation_function: 'gelu_new',
      tie_word_embeddings: true,
      eos_token_id: tokenizer.endOfTextId,
    })
    expect(jsonOf(files, 'generation_config.json')).toMatchObject({ eos_token_id: tokenizer.endOfTextId })
    const header = new TextDecoder().decode(files.get('model.safetensors')!.subarray(8, 60))
    expect(header).toContain('"__metadata__":{"format":"pt"}')
  })

  it('holds a tokenizer.json with which Hugging Face’s own tokenizers give the same ids', () => {
    const files = written()
    const theirs = new HuggingFaceTokenizer(
      jsonOf(files, 'tokenizer.json'),
      jsonOf(files, 'tokenizer_config.json'),
    )
    const text = `${TEXT}An unseen word — naïve ☂.`
    expect(theirs.encode(text).ids).toEqual([...tokenizer.encode(text).ids])
    expect(theirs.decode([...tokenizer.encode(text).ids])).toBe(text)
  })

  it('may name its tensors without the prefix, as the published gpt2 does', () => {
    const files = withTensors(
      (tensors) => new Map([...tensors].map(([name, tensor]) => [name.replace('transformer.', ''), tensor])),
    )
    expect(readStudentFolder(files, 'gpt2').parameters).toEqual(parameters)
  })

  it('may hold tensors beside the parameters, as older exports do', () => {
    const files = withTensors((tensors) =>
      tensors.set('transformer.h.0.attn.bias', { shape: [1], data: Float32Array.of(1) }),
    )
    expect(readStudentFolder(files, 'gpt2').parameters).toEqual(parameters)
  })

  it.each(['model.safetensors', 'config.json', 'tokenizer.json'])('without %s is refused by name', (name) => {
    const files = written()
    files.delete(name)
    expect(refusal(files)).toBe(
      `lamp: ${name} is missing; a student folder holds model.safetensors, config.json and tokenizer.json.`,
    )
  })

  it.each(['config.json', 'tokenizer.json'])('with a broken %s is refused by name', (name) => {
    const message = refusal(written().set(name, new TextEncoder().encode('{"a": ')))
    expect(message).toMatch(new RegExp(`^lamp: ${name.replace('.', '\\.')} is not valid JSON \\(.*\\)\\.$`))
  })

  const unsupported: [string, Record<string, unknown>, string][] = [
    ['another kind of model', { model_type: 'llama' }, 'model_type must be "gpt2" (it is "llama")'],
    ['no kind of model', { model_type: undefined }, 'model_type must be "gpt2" (it is missing)'],
    [
      'another activation',
      { activation_function: 'relu' },
      'activation_function must be "gelu_new" (it is "relu")',
    ],
    ['another epsilon', { layer_norm_epsilon: 1e-6 }, 'layer_norm_epsilon must be 0.00001 (it is 0.000001)'],
    ['a negative size', { n_layer: -1 }, 'n_layer must be at least 1 (it is -1)'],
    ['no width', { n_embd: undefined }, 'n_embd must be a number (it is missing)'],
    ['a size that is text', { vocab_size: '280' }, 'vocab_size must be a number (it is "280")'],
  ]
  it.each(unsupported)('of %s is refused with the key and what it should be', (_, change, what) => {
    expect(refusal(configured(change))).toBe(
      `lamp: config.json is not that of a GPT-2 as the lab knows it: ${what}.`,
    )
  })

  it('whose config.json is no object is refused', () => {
    expect(refusal(written().set('config.json', encode([])))).toMatch(
      /^lamp: config\.json is not that of a GPT-2 as the lab knows it: /,
    )
  })

  it('whose heads do not divide the width is refused with both numbers', () => {
    expect(refusal(configured({ n_head: 3 }))).toBe(
      'lamp: config.json has n_embd 8, no multiple of n_head 3.',
    )
  })

  it('with an inner width of its own is refused, and with four times the width is read', () => {
    expect(refusal(configured({ n_inner: 20 }))).toBe(
      'lamp: config.json has n_inner 20; the lab reads 4 × n_embd only.',
    )
    expect(readStudentFolder(configured({ n_inner: 32 }), 'lamp').config).toEqual(CONFIG)
    expect(readStudentFolder(configured({ n_inner: null }), 'lamp').config).toEqual(CONFIG)
  })

  it('without one of its tensors is refused with the tensor’s name', () => {
    const files = withTensors((tensors) => {
      tensors.delete('transformer.h.1.ln_2.bias')
      return undefined
    })
    expect(refusal(files)).toBe(
      'lamp/model.safetensors: tensor "transformer.h.1.ln_2.bias" is missing; is this a GPT-2 folder?',
    )
  })

  it('with a tensor of another shape is refused with the name and both shapes', () => {
    const files = withTensors((tensors) =>
      tensors.set('transformer.wpe.weight', { shape: [8, 16], data: new Float32Array(128) }),
    )
    expect(refusal(files)).toBe(
      'lamp/model.safetensors: tensor "transformer.wpe.weight" has shape [8,16] where config.json implies [16,8].',
    )
  })

  it.each([
    ['n_layer', 4_000_000_000],
    ['vocab_size', 2 ** 50],
    ['n_positions', 2 ** 50],
  ])('whose %s is beyond all memory is refused before anything is allocated', (key, value) => {
    expect(refusal(configured({ [key]: value }))).toMatch(/^lamp(\/model\.safetensors|: config\.json)/)
  })

  it('whose parameters are not numbers is refused', () => {
    const files = withTensors((tensors) => {
      tensors.get('transformer.ln_f.weight')!.data[3] = Number.NaN
      return undefined
    })
    expect(refusal(files)).toBe(
      'lamp/model.safetensors: tensor "transformer.ln_f.weight" holds values that are not finite numbers.',
    )
  })
})
