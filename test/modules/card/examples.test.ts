import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Module } from '../../../src/module/module.ts'

const folder = fileURLToPath(new URL('../../../src/modules/card/', import.meta.url))
const found: readonly unknown[] = (
  await Promise.all(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map(async (name) => Object.values<unknown>(await import(pathToFileURL(folder + name).href))),
  )
).flat()
const isModule = (value: unknown): value is Module => typeof value === 'object' && value !== null && 'plan' in value
const modules = found.filter(isModule)

test('there are the modules that the playbooks speak of', () => {
  expect(modules.map((module) => module.name).sort()).toEqual([
    'bond_files',
    'bond_status',
    'card',
    'eswitch',
    'firewall',
    'firmware',
    'firmware_reset',
    'health',
    'hostdev',
    'hw_tc_offload',
    'interface_names',
    'iperf3',
    'lag',
    'link',
    'network_restart',
    'ovs_bridge',
    'ovs_flows',
    'ovs_offload',
    'ovs_port',
    'persistence',
    'port_counters',
    'port_failure',
    'preflight',
    'remember',
    'representors',
    'vf_driver',
    'vf_settings',
    'vfs',
  ])
})

test.each(modules.map((module) => [module.name, module] as const))(
  'the examples of %s are tasks with arguments that it has',
  (name, module) => {
    expect(module.examples.length).toBeGreaterThan(0)
    for (const { yaml } of module.examples) {
      const { register, ...task } = parse(yaml) as Record<string, Record<string, unknown>>
      expect(Object.keys(task)).toEqual([name])
      const args = Object.keys(task[name] ?? {})
      expect(args.filter((each) => !(each in module.args.properties))).toEqual([])
      expect((module.args.required ?? []).filter((each) => !args.includes(each))).toEqual([])
    }
  },
)
