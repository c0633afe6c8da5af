import { expect, test } from 'vitest'
import { Random } from '../../workers/random.ts'
import { python } from './python.ts'

test('Python draws the numbers that the lab draws', async () => {
  const { stdout, stderr } = await python([
    '-c',
    `import json
from sad_scale.random import Random
r = Random(7)
print(json.dumps([[r.next() for _ in range(3)], r.fork("häx😀").next(), Random(3).shuffle(range(8)),
  Random(4294967295).below(1000), Random(5).normals(20000).tolist()]))`,
  ])
  expect(stderr).toBe('')
  const [numbers, forked, shuffled, below, normals] = JSON.parse(stdout)
  const random = new Random(7)
  expect(numbers).toEqual([random.next(), random.next(), random.next()])
  expect(forked).toBe(random.fork('häx😀').next())
  expect(shuffled).toEqual(new Random(3).shuffle([0, 1, 2, 3, 4, 5, 6, 7]))
  expect(below).toBe(new Random(4294967295).below(1000))
  const own = new Random(5)
  // Math.cos and Math.log differ from C's in their last digit.
  for (const normal of normals) expect(normal).toBeCloseTo(own.normal(), 12)
})
