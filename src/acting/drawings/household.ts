import type { HouseholdView, ObjectView, ReceptacleView } from '../../../workers/protocol.ts'

/** A thing as it is drawn in or on a receptacle. */
export interface DrawnObject {
  name: string
  /** What has been done to it, e.g. clean and hot. */
  states: readonly string[]
  /** The agent saw it there. */
  seen: boolean
  /** It is of the type that the task asks for. */
  wanted: boolean
}

/** A receptacle as it is drawn. */
export interface DrawnReceptacle {
  name: string
  here: boolean
  /** The task ends here. */
  wanted: boolean
  /** Null of what cannot be closed, and of a door that the agent has not looked at. */
  door: 'open' | 'closed' | null
  /** Null where nobody has looked. */
  objects: DrawnObject[] | null
}

/** What the task asks for, in a few words: "a hot mug in or on a shelf". */
export function taskInWords(task: HouseholdView['task']): string {
  if (task.type === 'examine')
    return `${withArticle(task.object)} in hand, where ${withArticle(task.lamp)} is on`
  const what = task.type === 'two' ? `two of ${task.object}` : withArticle(CHANGED[task.type] + task.object)
  return `${what} in or on ${withArticle(task.receptacle)}`
}

const CHANGED = { place: '', clean: 'clean ', heat: 'hot ', cool: 'cool ' } as const

function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`
}

/**
 * The receptacles by type and number, each as far as the agent knows it.
 *
 * @param showAll also what it does not know
 */
export function drawnReceptacles(view: HouseholdView, showAll: boolean): DrawnReceptacle[] {
  const byName = new Map(view.objects.map((object) => [object.name, object]))
  const goal = view.task.type === 'examine' ? null : view.task.receptacle
  return [...view.receptacles].sort(byNumber).map((receptacle) => {
    const { name, type, here, openable, open, visited, seen, contents } = receptacle
    const known = new Set(seen)
    const drawn = showAll ? [...new Set([...contents, ...known])] : seen
    return {
      name,
      here,
      wanted: type === goal,
      door: openable && (visited || showAll) ? (open ? 'open' : 'closed') : null,
      objects:
        drawn?.map((object) => drawnObject(view, byName.get(object), object, known.has(object))) ?? null,
    }
  })
}

/** What the agent holds; null for nothing. */
export function drawnHeld(view: HouseholdView): DrawnObject | null {
  const { holding, objects } = view
  const held = objects.find(({ name }) => name === holding)
  return holding === null ? null : drawnObject(view, held, holding, true)
}

function drawnObject(
  { task }: HouseholdView,
  object: ObjectView | undefined,
  name: string,
  seen: boolean,
): DrawnObject {
  const wanted = object?.type === task.object || (task.type === 'examine' && object?.type === task.lamp)
  return { name, states: object?.states ?? [], seen, wanted }
}

const names = new Intl.Collator('en', { numeric: true })

function byNumber(a: ReceptacleView, b: ReceptacleView): number {
  return names.compare(a.name, b.name)
}
