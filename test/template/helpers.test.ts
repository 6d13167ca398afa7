import { describe, expect, it } from 'vitest'
import { Unknown } from '../../src/shared/unknown.ts'
import type { Vars } from '../../src/shared/value.ts'
import { helpers } from '../../src/template/helpers.ts'
import { exampleVars } from '../../src/template/reference.ts'
import { compileTemplate } from '../../src/template/render.ts'

const vars: Vars = {
  ...exampleVars,
  numbers: [3, 1, 2],
  mixed: [1, 'a'],
  empty: [],
  map: { b: 1, a: 2 },
  lines: 'a\n\nb\nc',
  pending: new Unknown('task "x" was not performed'),
  known: { there: 1, later: new Unknown('task "x" was not performed') } as never,
}

function value(template: string): unknown {
  const compiled = compileTemplate(template)
  if (!compiled.ok) return compiled.error[0]?.message
  const result = compiled.value.value(vars)
  return result.ok ? result.value : result.error.message
}

describe('helpers', () => {
  it.each(helpers.map(({ name, example: [template, text] }) => ({ name, template, text })))(
    'the example of $name gives what the reference says',
    ({ template, text }) => {
      const compiled = compileTemplate(template)
      expect(compiled.ok && compiled.value.render(exampleVars)).toEqual({ ok: true, value: text })
    },
  )

  it('each has a name of its own', () => {
    expect(new Set(helpers.map((helper) => helper.name)).size).toBe(helpers.length)
  })

  it.each<[string, unknown]>([
    ['{{default nope.a.b "x"}}', 'x'],
    ['{{default mtu "x"}}', null],
    ['{{default (lookup map "c") 3}}', 3],
    ['{{default (first empty) "none"}}', 'none'],
    ['{{defined bond.x}}', false],
    ['{{defined mtu}}', true],
    ['{{and debug nope}}', false],
    ['{{or (eq vfs 4) nope}}', true],
    ['{{eq ports (concat ports empty)}}', true],
    ['{{eq map (lookup vms 0)}}', false],
    ['{{eq vfs 4.0}}', true],
    ['{{ne bond null}}', true],
    ['{{lt "a" "b"}}', true],
    ['{{in "b" map}}', true],
    ['{{in "ond" bond}}', true],
    ['{{in 2 numbers}}', true],
    ['{{length map}}', 2],
    ['{{length "äö"}}', 2],
    ['{{lookup ports 1}}', 'ens2f1'],
    ['{{keys map}}', ['b', 'a']],
    ['{{values map}}', [1, 2]],
    ['{{sortBy numbers}}', [1, 2, 3]],
    ['{{unique (concat numbers numbers)}}', [3, 1, 2]],
    ['{{unique (concat vms vms)}}', exampleVars['vms']],
    ['{{range 2 4}}', [2, 3]],
    ['{{range 0}}', []],
    ['{{json map 2}}', '{\n  "b": 1,\n  "a": 2\n}'],
    ['{{json null}}', 'null'],
    ['{{indent lines 2}}', 'a\n\n  b\n  c'],
    ['{{replace "a.b" "." "$&"}}', 'a$&b'],
    ['{{quote ""}}', "''"],
    ['{{quote "/etc/hosts"}}', '/etc/hosts'],
    ['{{quote "a b"}}', "'a b'"],
    ['{{b64encode "ä"}}', 'w6Q='],
    ['{{hex 16}}', '0x10'],
    ['{{pciDomain "61:00.1"}}', '0x0000'],
    ['{{pciSlot "0001:61:1f.7"}}', '0x1f'],
    ['{{upper 4}}', '4'],
    ['{{collect hostvars empty "vms"}}', []],
    ['{{in "later" known}}', true],
    ['{{lookup known "there"}}', 1],
    ['{{and pending debug}}', false],
    ['{{or pending (not debug)}}', true],
    ['{{defined pending}}', true],
  ])('%s is %j', (template, expected) => {
    expect(value(template)).toEqual(expected)
  })

  it.each<[string, string]>([
    ['{{join bond ","}}', 'argument 1 of the helper "join" is text "bond0", but must be a list'],
    [
      '{{join vms ","}}',
      'argument 1 of the helper "join" is the list [{name: "vm2", mac: "52-54-00-AB-00-02"}, {name: "vm1", mac…, but must be a list of texts, numbers and booleans',
    ],
    ['{{join ports}}', 'the helper "join" has 1 argument, but must have 2'],
    ['{{range 100001}}', 'the helper "range" would give 100001 numbers, but at most 100000 are allowed'],
    ['{{range 1.5}}', 'the argument of the helper "range" is the number 1.5, but must be a whole number'],
    ['{{sortBy mixed}}', '"sortBy" compares two numbers or two texts, but got text "a" and the number 1'],
    ['{{pluck vms "ip"}}', 'item 0 of the list has no key "ip"'],
    ['{{lookup map "constructor"}}', 'the value has no key "constructor"'],
    ['{{first empty}}', 'the list has 0 items, so there is no [0]'],
    ['{{b64decode "a"}}', 'the argument of the helper "b64decode" is text "a", but must be Base64'],
    ['{{b64decode "/w=="}}', 'what the argument of the helper "b64decode" encodes is no UTF-8 text'],
    [
      '{{hex -1}}',
      'the argument of the helper "hex" is the number -1, but must be a whole number from 0 to 9007199254740991',
    ],
    [
      '{{pciBus bond}}',
      'the argument of the helper "pciBus" is text "bond0", but must be a PCI address like 0000:61:00.1',
    ],
    [
      '{{mac bond}}',
      'the argument of the helper "mac" is text "bond0", but must be a MAC address like 52:54:00:ab:00:01',
    ],
    ['{{add bond 1}}', 'argument 1 of the helper "add" is text "bond0", but must be a number'],
    ['{{not vfs}}', 'the argument of the helper "not" is the number 4, but must be true or false'],
    ['{{and true vfs}}', 'vfs is the number 4, but the helper "and" needs true or false'],
    ['{{eq vfs "4"}}', 'the number 4 is compared with text "4", which are never equal'],
    ['{{lt vfs "5"}}', '"lt" compares two numbers or two texts, but got the number 4 and text "5"'],
    ['{{collect hostvars ports "vms"}}', 'hostvars has no key "ens2f0"'],
    [
      '{{collect hostvars hostvars "vms"}}',
      'argument 2 of the helper "collect" is the mapping {hv1: {vms: [{name: "vm1"}]}, hv2: {vms: [{name: "vm2"}]}, …, but must be a list',
    ],
    ['{{json known}}', 'known is unknown: task "x" was not performed'],
    ['{{lookup known "later"}}', '"later" of the value is unknown: task "x" was not performed'],
    ['{{or debug pending}}', 'pending is unknown: task "x" was not performed'],
    ['{{defined pending.x}}', 'pending is unknown: task "x" was not performed'],
  ])('%s is refused', (template, message) => {
    expect(value(template)).toBe(message)
  })
})
