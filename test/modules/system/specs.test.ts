import { describe, expect, test } from 'vitest'
import { checkArgs } from '../../../src/module/args.ts'
import { systemModules } from '../../../src/modules/index.ts'
import { isMap, type Value, type ValueMap } from '../../../src/shared/value.ts'
import { toValue } from '../../../src/source/tree.ts'
import { parseYaml } from '../../../src/source/yaml.ts'

const names = new Set(systemModules.map((module) => module.name))

/** The tasks of an example: module and arguments, with the short form written out. */
function tasksOf(yaml: string): readonly { readonly name: string; readonly args: ValueMap }[] {
  const parsed = parseYaml('example.yaml', yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const value = toValue(parsed.value)
  return (Array.isArray(value) ? value : [value]).map((each: Value) => {
    const task = isMap(each) ? each : {}
    const name = Object.keys(task).find((key) => names.has(key)) ?? ''
    const given = task[name] ?? {}
    const free = systemModules.find((module) => module.name === name)?.args.freeForm ?? ''
    return { name, args: isMap(given) ? given : { [free]: given } }
  })
}

describe.each(systemModules.map((module) => [module.name, module] as const))('%s', (name, module) => {
  test.each(module.examples.map((example) => [example.title, example.yaml]))(
    'example "%s" is a task that loads',
    (_, yaml) => {
      const tasks = tasksOf(yaml ?? '')
      expect(tasks.some((task) => task.name === name)).toBe(true)
      for (const task of tasks) {
        const schema = systemModules.find((each) => each.name === task.name)?.args
        expect(schema && checkArgs(schema, task.args, 'unrendered')).toEqual([])
      }
    },
  )

  test('has an example, a summary in the imperative without a full stop, and describes every argument', () => {
    expect(module.examples.length).toBeGreaterThan(0)
    expect(module.summary).toMatch(/^[A-Z][^.]*$/)
    for (const schema of Object.values(module.args.properties)) expect(schema.description).toMatch(/\S/)
  })
})

const wrong: readonly (readonly [string, ValueMap, string])[] = [
  ['copy', { dest: '/a', content: 'x', mode: 'u+x' }, '"mode" is "u+x", but must match ^[0-7]{3,4}$'],
  ['copy', { dest: 'a', content: 'x' }, '"dest" is "a", but must match ^/'],
  ['copy', { dest: '/a', src: 'folder/' }, '"src" is "folder/", but must match [^/]$'],
  ['package', { name: '@virt' }, '"name" is "@virt", but must match ^[^-@/][^/\\s]*$'],
  ['service', { name: '-f' }, '"name" is "-f", but must match ^[^-\\s/][^\\s/]*$'],
]

test.each(wrong)('%s refuses %j', (name, args, message) => {
  const module = systemModules.find((each) => each.name === name)
  expect(module && checkArgs(module.args, args).map((problem) => problem.message)).toEqual([message])
})
