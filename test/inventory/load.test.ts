import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import type { Inventory, InventoryVar } from '../../src/inventory/types.ts'
import { diskReader } from '../../src/source/reader.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { badPlaces, showDiagnostics } from '../support/show-diagnostics.ts'

type Files = Readonly<Record<string, string>>

function load(files: Files, paths = ['inv/lab.yaml'], playbookDir: string | null = null): Inventory {
  const loaded = loadInventory(memoryReader(files), paths, { playbookDir })
  if (!loaded.ok) throw new Error(showDiagnostics(loaded.error).join('\n'))
  return loaded.value
}

function problems(text: string, more: Files = {}): readonly string[] {
  const loaded = loadInventory(memoryReader({ 'i.yaml': text, ...more }), ['i.yaml'], { playbookDir: null })
  return loaded.ok ? [] : showDiagnostics(loaded.error)
}

const groups = (inventory: Inventory) =>
  Object.fromEntries([...inventory.groups.values()].map((group) => [group.name, group.hosts.join(' ')]))

const vars = (inventory: Inventory, host: string) =>
  Object.fromEntries(Object.entries(inventory.hosts.get(host)?.vars ?? {}).map(([name, { value }]) => [name, value]))

describe('an inventory', () => {
  test('has all, ungrouped and the groups of the file, hosts in the order of first appearance', () => {
    const inventory = load({
      'inv/lab.yaml': `
all:
  children:
    lab:
      children:
        web: {hosts: {'web[1:2]': }}
        db:
          hosts: db1
      hosts: {gate: }
    other:
  hosts: {lone: }
extra: {hosts: {web1: , new: }}
`,
    })
    expect(groups(inventory)).toEqual({
      all: 'lone gate web1 web2 db1 new',
      ungrouped: 'lone',
      lab: 'gate web1 web2 db1',
      web: 'web1 web2',
      db: 'db1',
      other: '',
      extra: 'web1 new',
    })
    expect(inventory.hosts.get('web1')?.groups).toEqual(['extra', 'lab', 'web'])
    expect(inventory.hosts.get('lone')?.groups).toEqual(['ungrouped'])
  })

  test('takes several sources, a later one over an earlier one', () => {
    const files = {
      'a/one.yaml': 'g: {hosts: {h1: {x: 1, y: 1}}, vars: {z: 1}}',
      'b/two.yml': 'g: {hosts: {h2: , h1: {x: 2}}, vars: {z: 2}}',
    }
    const inventory = load(files, ['a/one.yaml', 'b/two.yml', 'h3:2222,h[4:5],'])
    expect([groups(inventory), vars(inventory, 'h1'), vars(inventory, 'h3')]).toEqual([
      { all: 'h3 h4 h5 h1 h2', ungrouped: 'h3 h4 h5', g: 'h1 h2' },
      { z: 2, x: 2, y: 1 },
      { ansible_port: 2222 },
    ])
    expect(inventory.files).toEqual(['a/one.yaml', 'b/two.yml', 'h3:2222,h[4:5],'])
  })

  test('may be a folder; its variables folders and hidden files are not inventories', () => {
    const files = {
      'inv/a.yaml': 'all: {hosts: {h1: }}',
      'inv/.b.yaml': 'nonsense',
      'inv/c.yaml~': 'nonsense',
      'inv/group_vars/all.yaml': 'x: 1',
    }
    expect(vars(load(files, ['inv']), 'h1')).toEqual({ x: 1 })
  })
})

describe('a variable', () => {
  const files = {
    'inv/lab.yaml': `
all:
  vars: {a: all, b: all, c: all, d: all, e: all, m: {one: 1, two: 2}}
  children:
    top:
      vars: {b: top, c: top, d: top, e: top}
      children:
        zz: {vars: {c: zz, d: zz}, hosts: {h1: {e: host, f: host, m: {one: 3}}}}
        aa: {vars: {c: aa, d: aa, ansible_group_priority: 5}, hosts: {h1: }}
        bb: {vars: {c: bb, d: bb}, hosts: {h1: }}
`,
    'inv/group_vars/all/one.yaml': 'g: group_vars all',
    'inv/group_vars/top.json': '{"h": "group_vars top", "b": "group_vars top"}',
    'inv/host_vars/h1': 'f: host_vars',
    'play/group_vars/zz.yml': 'd: weak\ni: weak zz\nj: weak zz\n',
    'play/group_vars/all.yaml': 'i: weak all\na: weak all\n',
    'play/host_vars/h1.yaml': 'j: weak host\ne: weak host\n',
  }
  const inventory = load(files, ['inv/lab.yaml'], 'play')

  test('is set by the strongest level; mappings replace and never merge', () => {
    expect(vars(inventory, 'h1')).toEqual({
      a: 'all',
      b: 'group_vars top',
      c: 'aa',
      d: 'aa',
      e: 'host',
      f: 'host_vars',
      g: 'group_vars all',
      h: 'group_vars top',
      i: 'weak zz',
      j: 'weak host',
      m: { one: 3 },
      ansible_group_priority: 5,
    })
  })

  test('knows every level that set it, the strongest first', () => {
    const chain: string[] = []
    for (let at: InventoryVar | undefined = inventory.hosts.get('h1')?.vars['e']; at; at = at.hides) {
      chain.push(`${at.origin.level}, ${at.origin.owner}, ${at.origin.place.file}:${at.origin.place.line}: ${at.value}`)
    }
    expect(chain).toEqual([
      'inventory host vars, host h1, inv/lab.yaml:8: host',
      'inventory group vars, group top, inv/lab.yaml:6: top',
      'inventory group vars, group all, inv/lab.yaml:3: all',
      'vars beside the playbook, host h1, play/host_vars/h1.yaml:2: weak host',
    ])
  })

  test('beside a playbook in the folder of the inventory is an inventory variable', () => {
    const here = load({ 'i.yaml': 'all: {hosts: {h: }, vars: {x: 1}}', 'group_vars/all.yaml': 'x: 2' }, ['i.yaml'], '.')
    expect(here.hosts.get('h')?.vars['x']).toMatchObject({ value: 2, origin: { level: 'inventory group vars' } })
  })
})

describe('a mistake in an inventory', () => {
  test.each([
    ['', ['1 <> the inventory is empty, but must name hosts (begin with "all:" and "hosts:" inside it)']],
    ['- h1\n', ['1 <-> the inventory is a list, but must be a mapping of groups']],
    [
      '[web]\nh1\n',
      [
        'the inventory "i.yaml" is an INI file, but must be YAML (convert what it says: ansible-inventory -i i.yaml --list --yaml)',
      ],
    ],
    [
      'plugin: aws_ec2\n',
      [
        '1 <plugin> this is the configuration of an inventory plugin, but must be an inventory of hosts (write what the plugin finds into a file: ansible-inventory --list --yaml)',
      ],
    ],
    [
      'all:\n  host: {h1: }\n  web: {}\n',
      [
        '2 <host> "host" is not known in a group, but must be one of "hosts", "vars" or "children" (did you mean "hosts"?)',
        '3 <web> "web" is not known in a group, but must be one of "hosts", "vars" or "children" (groups inside a group stand under "children:", variables under "vars:")',
      ],
    ],
    [
      'all:\n  hosts:\n    - h1\n',
      [
        '3 <-> "hosts" of the group "all" is a list, but must be a mapping of host names (write "name:" instead of "- name")',
      ],
    ],
    [
      'all:\n  hosts: {1234: }\n',
      ['2 <1234> the host name 1234 is a whole number, but must be text (quote it: "1234")'],
    ],
    ['all:\n  hosts: {h1: up}\n', ['2 <up> the host "h1" is text, but must be a mapping of its variables']],
    [
      'all:\n  hosts: {h1: , h1: }\n',
      ['2 <h1> the key "h1" is given twice, but must be given once (the first one is in line 2)'],
    ],
    [
      '? ""\n: {hosts: {h1: }}\n',
      [
        '1 <""> "" is no name for a group, but must be one that a host pattern can name (use letters, digits, "_" and "-")',
      ],
    ],
    ['a: {children: {b: }}\nb: {children: {a: }}\n', ['2 <a> the group "a" contains itself: a -> b -> a']],
    ['a: {children: {all: }}\n', ['1 <all> "all" is a child of "a", but must contain every group']],
    [
      'web: {hosts: {web: }}\n',
      [
        '1 <web> "web" is a host and a group, but a name must mean one thing (rename one of them, so that a host pattern is clear)',
      ],
    ],
    [
      'all: {hosts: {h1: }, vars: {my-var: 1, x: "{{y"}}\n',
      [
        '1 <my-var> "my-var" is no name for a variable: only letters, digits and "_" are allowed, and no digit at the beginning (call it "my_var")',
        '1 <{{y> "{{" is never closed (end it with "}}")',
      ],
    ],
    [
      'all: {hosts: {h1: }, vars: {ansible_group_priority: high}}\n',
      ['1 <ansible_group_priority> "ansible_group_priority" of the group "all" is "high", but must be a whole number'],
    ],
  ])('%j is an error with its place', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test('in a variables file is reported with the others', () => {
    const more = {
      'group_vars/all.yaml': '- x\n',
      'host_vars/h1.yaml': 'a: 1\na: 2\n',
      'host_vars/h1/x.yaml': 'a: 1\n',
    }
    expect(problems('all: {hosts: {h1: , h2: up}}\n', more)).toEqual([
      '"host_vars/h1" and "host_vars/h1.yaml" both hold variables of the host h1, but there must be one of them (join them, or put both into a folder of that name)',
      '1 <-> the file is a list, but must be a mapping of variables',
      '1 <up> the host "h2" is text, but must be a mapping of its variables',
    ])
  })

  test('of a missing file names the file', () => {
    const loaded = loadInventory(memoryReader({}), ['none.yaml'], { playbookDir: null })
    expect(loaded.ok || showDiagnostics(loaded.error)).toEqual(['the inventory "none.yaml" does not exist'])
  })
})

test('any text gives an inventory or mistakes with places inside the text', () => {
  const word = fc.constantFrom(
    'all',
    'hosts',
    'vars',
    'children',
    'h[1:2]',
    'web',
    'x',
    '- ',
    ': ',
    '\n',
    '\n  ',
    '\n    ',
    '{',
    '}',
    '"{{y}}"',
    '1',
    '[',
    ']',
  )
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
      (text) => {
        const loaded = loadInventory(memoryReader({ 'i.yaml': text }), ['i.yaml'], { playbookDir: null })
        if (!loaded.ok) expect([loaded.error.length > 0, badPlaces(loaded.error)]).toEqual([true, []])
      },
    ),
    { numRuns: 300 },
  )
})

test('the shipped inventory has four hypervisors and a client, each with what the playbooks need', () => {
  const loaded = loadInventory(diskReader(process.cwd()), ['inventory/lab.yaml'], { playbookDir: 'playbooks' })
  if (!loaded.ok) throw new Error(showDiagnostics(loaded.error).join('\n'))
  expect([...loaded.value.hosts.keys()]).toEqual(['hv1', 'hv2', 'hv3', 'hv4', 'client1'])
  expect(vars(loaded.value, 'hv3')).toMatchObject({
    ansible_connection: 'lab',
    lab: { os: 'el9', card: 'cx6dx', firmware: 'strict', switch: 'lacp' },
    vflag_card: 'auto',
    vflag_pfs: '{{card.pfs}}',
    vflag_bond: 'bond0',
  })
})
