/** What the invented shop's customers say, and how an expert understands it. */
import type { Random } from '../../random.ts'
import { ATTRIBUTES, type Kind } from './kinds.ts'

/** What an instruction asks for. */
export interface Wish {
  kind: string
  attributes: string[]
  options: { name: string; value: string }[]
  /** In dollars. */
  limit: number
}

/** How many wordings `say` knows: one as WebShop's synthetic instructions have it, two as people wrote them. */
const WORDINGS = 3

/** The wish as an instruction. */
export function say(wish: Wish, kind: Pick<Kind, 'article'>, random: Random): string {
  const wanted = `${kind.article} ${wish.kind}`.trim()
  const be = kind.article === '' ? 'are' : 'is'
  const sentence = [
    `Find me ${wish.attributes.join(', ')} ${wish.kind}`,
    `i need ${wanted} that ${be} ${wish.attributes.join(' and ')}`,
    `i am looking for ${wanted}, ${wish.attributes.join(' and ')},`,
  ][random.below(WORDINGS)]!
  const options = wish.options.map(({ name, value }) => `${name}: ${value}`).join(', and ')
  return `${sentence} with ${options}, and price lower than ${wish.limit.toFixed(2)} dollars`
}

const SENTENCE = /^(.+?),? with (.+), and price lower than (\d+\.\d\d) dollars$/
const FIND_ME = /^Find me (.+)$/
const NEED = /^i need (?:an? )?(.+) that (?:is|are) (.+)$/
const LOOKING = /^i am looking for (?:an? )?([^,]+), (.+)$/

/** The wish that `say` said, read from its words alone; null for what a person wrote in words of their own. */
export function understand(instruction: string): Wish | null {
  const [, wanted, optionText, price] = SENTENCE.exec(instruction) ?? []
  if (wanted === undefined || optionText === undefined) return null
  const thing = thingOf(wanted)
  const options = optionText.split(', and ').map((option) => {
    const colon = option.indexOf(': ')
    return { name: option.slice(0, colon), value: option.slice(colon + 2) }
  })
  return thing && { ...thing, options, limit: Number(price) }
}

function thingOf(wanted: string): Pick<Wish, 'kind' | 'attributes'> | null {
  const [, kind, attributes] = NEED.exec(wanted) ?? LOOKING.exec(wanted) ?? []
  if (kind !== undefined) return { kind, attributes: attributes!.split(' and ') }
  let rest = FIND_ME.exec(wanted)?.[1]
  if (rest === undefined) return null
  // Where attributes end and the good begins only a word list can tell.
  const found: string[] = []
  for (let next: string | undefined; ; found.push(next)) {
    next = [...ATTRIBUTES].find(
      (attribute) => rest!.startsWith(attribute) && /[, ]/.test(rest![attribute.length]!),
    )
    if (next === undefined) break
    rest = rest.slice(next.length).replace(/^,? /, '')
  }
  return { kind: rest, attributes: found }
}
