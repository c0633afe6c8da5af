import type { Recipe } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { NumberField, type NumberFieldProps } from './NumberField.tsx'

/** The dotted keys of a recipe that always hold a number. */
export type NumberPath = PathsToNumbers<Recipe>

type PathsToNumbers<T> = {
  [K in keyof T & string]: T[K] extends number
    ? K
    : T[K] extends object
      ? `${K}.${PathsToNumbers<T[K]>}`
      : never
}[keyof T & string]

/** A number of the recipe that its key says all about: where it is read, written, and complained of. */
export function RecipeNumber({
  path,
  ...rest
}: Omit<NumberFieldProps, 'path' | 'value' | 'onChange'> & { path: NumberPath }) {
  const value = useLab(({ recipe }) => {
    const { numbers, key } = placeOf(recipe, path)
    return numbers[key]!
  })
  const edit = useLab((state) => state.edit)
  return (
    <NumberField
      {...rest}
      path={path}
      value={value}
      onChange={(next) =>
        edit((recipe) => {
          const { numbers, key } = placeOf(recipe, path)
          numbers[key] = next
        })
      }
    />
  )
}

/** The part of a recipe that holds the number, and its key there. */
function placeOf(recipe: Recipe, path: NumberPath): { numbers: Record<string, number>; key: string } {
  const keys = path.split('.')
  const key = keys.pop()!
  let part: unknown = recipe
  for (const name of keys) part = (part as Record<string, unknown>)[name]
  return { numbers: part as Record<string, number>, key }
}
