import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import type { Inventory } from '../../src/inventory/types.ts'
import { loadPlaybook } from '../../src/playbook/load.ts'
import type { Playbook, Task } from '../../src/playbook/types.ts'
import type { Vars } from '../../src/shared/value.ts'
import type { Diagnostic } from '../../src/source/diagnostic.ts'
import { formatDiagnostics } from '../../src/source/print.ts'
import { fakeModules } from '../support/fake-modules.ts'
import { memoryReader } from '../support/memory-reader.ts'
import { badPlaces, showDiagnostics } from '../support/show-diagnostics.ts'

type Files = Readonly<Record<string, string>>

const inventory = ((): Inventory => {
  const text = 'all: {hosts: {h1: {vflag_bond: bond0, pfs: [a, b]}, h2: }}'
  const loaded = loadInventory(memoryReader({ 'i.yaml': text }), ['i.yaml'], { playbookDir: null })
  if (!loaded.ok) throw new Error('inventory')
  return loaded.value
})()

function load(text: string, more: Files = {}, extraVars: Vars = {}) {
  return loadPlaybook('p/site.yaml', {
    reader: memoryReader({ 'p/site.yaml': text, ...more }),
    modules: fakeModules,
    inventory,
    extraVars,
    searchPaths: { templates: ['shared/templates'], files: ['shared/files'] },
  })
}

function playbook(text: string, more: Files = {}, extraVars: Vars = {}): Playbook {
  const loaded = load(text, more, extraVars)
  if (!loaded.ok) throw new Error(showDiagnostics(loaded.error).join('\n'))
  return loaded.value
}

function problems(text: string, more: Files = {}): readonly string[] {
  const loaded = load(text, more)
  return loaded.ok ? [] : showDiagnostics(loaded.error)
}

const indented = (text: string) => text.trim().replaceAll('\n', '\n    ')

/** The mistakes of a play with these tasks, lines counted from the first task. */
const inTasks = (tasks: string, more: Files = {}) =>
  problems(`- hosts: all\n  tasks:\n    ${indented(tasks)}\n`, more).map((line) =>
    line.replace(/^\d+/, (number) => String(Number(number) - 2)),
  )

function firstTask(tasks: string, more: Files = {}): Task {
  const node = playbook(`- hosts: all\n  tasks:\n    ${indented(tasks)}\n`, more).plays[0]?.tasks[0]
  if (node?.kind !== 'task') throw new Error('no task')
  return node
}

/** A task as plain data: conditions and templates by their source. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if ('condition' in value && typeof value.condition === 'object' && value.condition && 'source' in value.condition) {
    return value.condition.source
  }
  if ('kind' in value && value.kind === 'constant' && 'value' in value) return value.value
  if ('kind' in value && value.kind === 'template' && 'template' in value) {
    const { template } = value
    return typeof template === 'object' && template && 'source' in template ? template.source : template
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

describe('a playbook', () => {
  test('becomes plays with everything that was written, and defaults for the rest', () => {
    const text = `
- name: First
  hosts: [h1, h2]
  become: true
  become_user: root
  gather_facts: false
  serial: [1, "50%"]
  max_fail_percentage: 20
  order: sorted
  tags: a, b
  vars: {x: 1, y: "{{x}}"}
  vars_files: more.yaml
  environment: {LANG: C}
  tasks:
    - block:
        - command: uptime
      rescue:
        - debug: {msg: "{{ansible_failed_task.name}}"}
      always: []
      when: x == 1
      notify: restart
  handlers:
    - name: restart
      listen: topic
      command: "true"
- hosts: h1
`
    const [first, second] = playbook(text, { 'p/vars/more.yaml': 'z: 3\n' }).plays
    expect(first).toMatchObject({
      name: 'First',
      become: true,
      becomeUser: 'root',
      becomeMethod: undefined,
      gatherFacts: false,
      serial: [1, { percent: 50 }],
      maxFailPercentage: 20,
      order: 'sorted',
      forceHandlers: false,
      tags: ['a', 'b'],
      when: [],
    })
    expect(plain(first?.vars)).toEqual({ x: 1, y: '{{x}}' })
    expect(plain(first?.varsFiles)).toEqual([{ file: 'p/vars/more.yaml', vars: { z: 3 } }])
    expect(first?.hosts.source).toBe('h1,h2')
    const block = first?.tasks[0]
    if (block?.kind !== 'block') throw new Error('no block')
    expect(plain(block.when)).toEqual(['x == 1'])
    expect([...block.tasks, ...block.rescue].map((each) => each.kind === 'task' && each.notify)).toEqual([
      ['restart'],
      ['restart'],
    ])
    expect(first?.handlers.map(({ name, listen }) => ({ name, listen }))).toEqual([
      { name: 'restart', listen: ['topic'] },
    ])
    expect(second).toMatchObject({
      name: 'h1',
      gatherFacts: true,
      serial: [],
      order: 'inventory',
      preTasks: [],
      tasks: [],
      postTasks: [],
      handlers: [],
      maxFailPercentage: undefined,
    })
  })

  test('has tasks with compiled arguments and keywords', () => {
    const task = firstTask(`
- name: Look
  ansible.builtin.command: ls {{item}} {{i}}
  args: {chdir: /tmp}
  loop: "{{pfs}}"
  loop_control: {index_var: i, label: "{{item}}", pause: 0.5}
  register: seen
  until: seen.rc == 0
  retries: 2
  delay: "{{pfs}}"
  changed_when: false
  failed_when: [seen.rc > 1, "'x' in seen.stdout"]
  timeout: 30
  tags: [t]
  no_log: true
`)
    const { module, place, argPlaces, loopControl, ...rest } = task
    expect([module.name, place.line, argPlaces['chdir']?.column, loopControl.label?.source]).toEqual([
      'command',
      3,
      21,
      '{{item}}',
    ])
    expect(plain(rest)).toEqual({
      kind: 'task',
      name: 'Look',
      args: [
        ['cmd', 'ls {{item}} {{i}}'],
        ['chdir', '/tmp'],
      ],
      conditions: {},
      loop: '{{pfs}}',
      register: 'seen',
      until: ['seen.rc == 0'],
      retries: 2,
      delay: '{{pfs}}',
      timeout: 30,
      changedWhen: ['false'],
      failedWhen: ['seen.rc > 1', "'x' in seen.stdout"],
      notify: [],
      listen: [],
      vars: {},
      tags: ['t'],
      when: [],
      noLog: true,
      become: undefined,
      becomeUser: undefined,
      becomeMethod: undefined,
      environment: undefined,
      ignoreErrors: undefined,
      ignoreUnreachable: undefined,
      anyErrorsFatal: undefined,
      checkMode: undefined,
      diff: undefined,
      runOnce: undefined,
    })
  })

  test('keeps conditions apart from arguments', () => {
    const task = firstTask('- assert: {that: [pfs.size() == 2, true], fail_msg: no}')
    expect([plain(task.args), plain(task.conditions)]).toEqual([
      [['fail_msg', 'no']],
      { that: ['pfs.size() == 2', 'true'] },
    ])
  })

  test('with_items opens the lists inside its list', () => {
    expect(plain(firstTask('- debug: {msg: "{{item}}"}\n  with_items: [[1, 2], 3]').loop)).toEqual([1, 2, 3])
  })

  test('imports the plays of another, with its variables and tags', () => {
    const text = '- import_playbook: sub/other.yaml\n  vars: {x: 2}\n  tags: [extra]\n'
    const other = '- hosts: all\n  tags: own\n  vars: {x: 1, y: 1}\n  tasks:\n    - debug: {msg: "{{x}}"}\n'
    const [play] = playbook(text, { 'p/sub/other.yaml': other }).plays
    expect([play?.tags, plain(play?.vars), play?.place.file]).toEqual([
      ['extra', 'own'],
      { x: 2, y: 1 },
      'p/sub/other.yaml',
    ])
  })

  test('finds files and templates beside itself first, then in the search paths', () => {
    const files = { 'p/templates/a.hbs': 'x', 'shared/templates/b.xml.hbs': '<a>{{vflag_bond}}</a>', 'p/files/c': 'c' }
    const tasks = ['a.hbs', 'b.xml.hbs'].map((name) => `- template: {src: ${name}, dest: /x}`).join('\n')
    expect(inTasks(`${tasks}\n- copy: {src: c, dest: /x}\n- copy: {src: "{{vflag_bond}}", dest: /x}`, files)).toEqual(
      [],
    )
  })
})

describe('a mistake in a task', () => {
  test.each<readonly [string, readonly string[]]>([
    ['- comand: uptime', ['1 <comand> there is no module "comand" (did you mean "command"?)']],
    ['- yum: {name: x}', ['1 <yum> there is no module "yum" (use package)']],
    [
      '- command: a\n  debug: {msg: b}',
      [
        '2 <debug> the task has two modules, "command" and "debug", but must have one (begin a task of its own with "- ")',
      ],
    ],
    [
      '- name: a',
      [
        '1 <name> the task has no module, but must say what to do (add one, such as "command: uptime"; vflag-play modules lists them)',
      ],
    ],
    ['- command: a\n  regster: b', ['2 <regster> "regster" is not known in a task (did you mean "register"?)']],
    [
      '- debug:\n  msg: hi',
      [
        '1 <debug> debug: one of "msg" or "var" is missing, but must be given',
        '2 <msg> "msg" is not known in a task (it is an argument of debug: indent it further than "debug:")',
      ],
    ],
    ['- command: a\n  listen: b', ['2 <listen> "listen" is not known in a task (it is a keyword of a handler)']],
    [
      '- command: a\n  delegate_to: h2',
      ['2 <delegate_to> "delegate_to" of Ansible is not supported (write a play of its own for those hosts)'],
    ],
    [
      '- include_tasks: a.yaml',
      [
        '1 <include_tasks> "include_tasks" of Ansible is not supported (write the tasks into the play; a whole playbook comes in with import_playbook)',
      ],
    ],
    [
      '- command: a\n  with_dict: {}',
      ['2 <with_dict> "with_dict" of Ansible is not supported (use "loop" with a list)'],
    ],
    [
      '- command: a\n  become: yes',
      ['2 <yes> "become" is text ("yes"), but must be true or false (YAML 1.2 reads yes as text; write true)'],
    ],
    [
      '- copy: {dest: /x, content: a, mode: 0644}',
      [
        '1 <0644> "mode" is a whole number (644), but must be text (quote it, for YAML 1.2 reads it as a decimal number: mode: "0644")',
      ],
    ],
    [
      '- copy: {dset: /x, content: a}',
      [
        '1 <copy> copy: "dest" is missing, but must be given ("dest" is: Some text)',
        '1 <dset> "dset" is not an argument of copy (did you mean "dest"?)',
      ],
    ],
    ['- copy: {dest: /x}', ['1 <copy> copy: one of "src" or "content" is missing, but must be given']],
    [
      '- copy: {dest: /x, src: a, content: b}',
      ['1 <content> "src" and "content" are given together, but there must be exactly one of "src" or "content"'],
    ],
    [
      '- copy: dest=/x content=a',
      [
        '1 <dest=/x content=a> the arguments of copy must be a mapping (write "name: value" on lines of their own instead of "name=value")',
      ],
    ],
    [
      '- service: {name: a, state: strated, retries: 0}',
      [
        '1 <strated> "state" is "strated", but must be one of "started" or "stopped" (did you mean "started"?)',
        '1 <0> "retries" is a whole number (0), but must be at least 1',
      ],
    ],
    ['- service: {name: "{{vflag_bond}}", state: "{{vflag_bond}}", enabled: "{{vflag_bond}}"}', []],
    [
      '- command: ls creates=/x',
      [
        '1 <creates> "creates=" inside the text of command is part of the command, but must be an argument (write "creates:" under "args:")',
      ],
    ],
    ['- command: ls\n  args: {cmd: x}', ['2 <cmd> the argument "cmd" is given twice, but must be given once']],
    [
      '- debug:\n    msg: a\n    when: true',
      ['3 <when> "when" is not an argument of debug ("when" is a keyword of the task: indent it as far as "debug")'],
    ],
    [
      '- command: a\n  when: "{{vflag_bond}} == 1"',
      [
        '2 <{{> "when" holds "{{", but must be a condition without braces (names stand in a condition as they are: x == 1)',
      ],
    ],
    [
      '- command: a\n  when: "{{ pfs }}"',
      ['2 <{{> "when" holds "{{", but must be a condition without braces (write it without: when: pfs)'],
    ],
    ['- command: a\n  when: 3', ['2 <3> "when" is a number, but must be a condition']],
    ['- command: a\n  loop: pfs', ['2 <pfs> "loop" is text, but must be a list (for the variable write "{{pfs}}")']],
    [
      '- command: a\n  loop_control: {loop_vra: x}\n  loop: [1]',
      ['2 <loop_vra> "loop_vra" is not known in a loop_control (did you mean "loop_var"?)'],
    ],
    [
      '- command: a\n  register: a-b',
      [
        '2 <a-b> "a-b" is no name for a variable: only letters, digits and "_" are allowed, and no digit at the beginning (call it "a_b")',
      ],
    ],
    [
      '- command: a\n  register: groups',
      ['2 <groups> "groups" is set by the engine for every task, but must keep that meaning (choose another name)'],
    ],
    [
      '- command: a\n  notify: nobody',
      ['2 <nobody> there is no handler "nobody" in this play (define it under "handlers:" of the play)'],
    ],
    [
      '- template: {src: none.hbs, dest: /x}',
      ['1 <none.hbs> the template "none.hbs" does not exist, but must be in p/templates, p or shared/templates'],
    ],
    ['- just text', ['1 <just text> a task is text, but must be a mapping with a module']],
    ['- command', ['1 <command> a task is text, but must be a mapping with a module (write "command:")']],
    [
      '- hosts: all',
      ['1 <hosts> "hosts" is a keyword of a play, but this is a task (begin the play in the first column)'],
    ],
    [
      '- command: a\n  rescue: []',
      [
        '1 <command> the block has no "block", but must list its tasks there',
        '1 <command> the module "command" stands beside "block", but must be a task inside it',
      ],
    ],
  ])('%j', (tasks, expected) => {
    expect([...inTasks(tasks)].sort()).toEqual([...expected].sort())
  })

  test('inside a template file is shown there', () => {
    const files = { 'p/templates/a.hbs': 'fine\nand {{oops\n' }
    const loaded = load('- hosts: all\n  tasks:\n    - template: {src: a.hbs, dest: /x}\n', files)
    expect(loaded.ok || loaded.error.map(({ place }) => [place?.file, place?.line, place?.column])).toEqual([
      ['p/templates/a.hbs', 2, 5],
    ])
  })
})

describe('a mistake in a play', () => {
  test.each<readonly [string, readonly string[]]>([
    ['', ['1 <> the playbook is empty, but must be a list of plays (begin with "- name:" and "hosts:" below it)']],
    [
      'hosts: all\n',
      ['1 <hosts> the playbook is a mapping, but must be a list of plays (begin with "- name:" and "hosts:" below it)'],
    ],
    ['- text\n', ['1 <text> a play is text, but must be a mapping with "hosts" and "tasks"']],
    [
      '- name: a\n',
      [
        '1 <name> the play has no "hosts", but must say which hosts it is for (write "hosts: all" for every host of the inventory)',
      ],
    ],
    [
      '- command: a\n',
      [
        '1 <command> "command" belongs to a task, but this is a play (a playbook is a list of plays with "hosts:", and tasks stand under their "tasks:")',
      ],
    ],
    ['- hosts: all\n  taks: []\n', ['2 <taks> "taks" is not known in a play (did you mean "tasks"?)']],
    [
      '- hosts: all\n  roles: [a]\n',
      [
        '2 <roles> "roles" of Ansible is not supported (write the tasks into the play; a whole playbook comes in with import_playbook)',
      ],
    ],
    [
      '- hosts: all\n  when: true\n',
      ['2 <when> "when" is not known in a play (put it on tasks, or on a block around them)'],
    ],
    [
      '- hosts: all\n  serial: [1, "x%"]\n',
      [
        '2 <"x%"> "serial" is text ("x%"), but must be a number of hosts or a percentage, or a list of them (such as 2, "25%" or [1, "50%"])',
      ],
    ],
    [
      '- hosts: all\n  order: sotred\n',
      [
        '2 <sotred> "order" is text ("sotred"), but must be one of "inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle" (did you mean "sorted"?)',
      ],
    ],
    [
      '- hosts: "{{target}}"\n',
      [
        '1 <target> "hosts" reads the variable "target", but there are only extra vars and vars of the play before hosts are known (give it with -e target=...)',
      ],
    ],
    [
      '- hosts: all\n  tasks: {command: a}\n',
      ['2 <{command> "tasks" is a mapping, but must be a list (begin each item with "- ")'],
    ],
    [
      '- hosts: all\n  vars_files: [x.yaml]\n',
      ['2 <x.yaml> the file "x.yaml" of "vars_files" does not exist, but must be in p or p/vars'],
    ],
    [
      '- hosts: all\n  handlers:\n    - name: a\n      command: x\n    - name: a\n      command: x\n    - command: y\n',
      [
        '5 <name> the handler "a" is defined twice, but must be defined once (the first one is in line 3; several handlers may listen to one topic)',
        '7 <command> a handler has no name, but must have one to be notified by',
      ],
    ],
    [
      '- import_playbook: none.yaml\n',
      ['1 <none.yaml> the playbook "p/none.yaml" does not exist (the path counts from the file it stands in)'],
    ],
    [
      '- import_playbook: site.yaml\n',
      ['1 <site.yaml> the playbook "p/site.yaml" imports itself: p/site.yaml -> p/site.yaml'],
    ],
  ])('%j', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })
})

describe('a variable that nothing sets', () => {
  test.each<readonly [string, readonly string[]]>([
    [
      '- command: "{{vflag_bnd}}"',
      [
        '1 <vflag_bnd> the variable "vflag_bnd" is set nowhere, but must have a value here (did you mean "vflag_bond"?)',
      ],
    ],
    [
      '- command: a\n  when: seen.rc == 0\n- command: b\n  register: seen',
      [
        '2 <seen> the variable "seen" is set nowhere, but must have a value here (it is set by a task further down, in line 6)',
      ],
    ],
    ['- command: b\n  register: seen\n- command: a\n  when: seen.rc == 0', []],
    ['- set_fact: {mine: 1}\n- command: "{{mine}}"', []],
    ['- command: a\n  when: later is defined and later.rc == 0', []],
    ['- command: a\n  when: later is defined', []],
    ['- command: "{{default later 3}}"', []],
    [
      '- command: "{{item}}"',
      [
        '1 <item> the variable "item" is set nowhere, but must have a value here (set it in the inventory, in "vars", or with -e item=...)',
      ],
    ],
    ['- command: "{{x}} {{ansible_loop.index}}"\n  loop: [1]\n  loop_control: {loop_var: x}', []],
    ['- command: "{{x}}"\n  vars: {x: "{{vflag_bond}}"}', []],
    ['- command: "{{ansible_hostname}} {{ansible_facts.kernel}} {{inventory_hostname}} {{groups.all}}"', []],
    [
      '- block:\n    - command: "{{b}}"\n  vars: {b: 1}\n- command: "{{b}}"',
      [
        '4 <b> the variable "b" is set nowhere, but must have a value here (set it in the inventory, in "vars", or with -e b=...)',
      ],
    ],
    ['- block:\n    - command: a\n  rescue:\n    - debug: {msg: "{{ansible_failed_result.msg}}"}', []],
    [
      '- debug: {msg: "{{ansible_failed_result.msg}}"}',
      [
        '1 <ansible_failed_result.msg> the variable "ansible_failed_result" is set nowhere, but must have a value here (set it in the inventory, in "vars", or with -e ansible_failed_result=...)',
      ],
    ],
  ])('%j', (tasks, expected) => {
    expect(inTasks(tasks)).toEqual(expected)
  })

  test('is found in a template file, and pointed at there', () => {
    const files = { 'p/templates/motd.hbs': 'on {{inventory_hostname}}\nbond {{vflag_bnd}} {{item}}\n' }
    const loaded = load('- hosts: all\n  tasks:\n    - template: {src: motd.hbs, dest: /x}\n      loop: [1]\n', files)
    expect(
      loaded.ok || formatDiagnostics(loaded.error, { color: false }),
    ).toBe(`p/templates/motd.hbs:2:8: error: the variable "vflag_bnd" is set nowhere, but must have a value here
  2 | bond {{vflag_bnd}} {{item}}
    |        ~~~~~~~~~
     hint: did you mean "vflag_bond"?
`)
  })

  test('is found in variables of a play, which may use what its tasks register', () => {
    const text = `- hosts: all
  vars: {a: "{{seen.rc}}", b: "{{nothing}}"}
  tasks:
    - command: x
      register: seen
`
    expect(problems(text)).toEqual([
      '2 <nothing> the variable "nothing" is set nowhere, but must have a value here (set it in the inventory, in "vars", or with -e nothing=...)',
    ])
  })

  test('is no mistake when -e sets it, and cannot be told without an inventory', () => {
    const text = '- hosts: all\n  tasks:\n    - command: "{{given}}"\n'
    expect(load(text, {}, { given: 1 }).ok).toBe(true)
    const without = loadPlaybook('p.yaml', {
      reader: memoryReader({ 'p.yaml': text }),
      modules: fakeModules,
      inventory: null,
      extraVars: {},
      searchPaths: { templates: [], files: [] },
    })
    expect(without.ok).toBe(true)
  })

  test('registered by an earlier play is known in a later one', () => {
    const text =
      '- hosts: all\n  tasks:\n    - command: x\n      register: r\n- hosts: all\n  tasks:\n    - command: "{{r.stdout}}"\n'
    expect(problems(text)).toEqual([])
  })
})

test('all mistakes are shown together, each with its line and the next move', () => {
  const text = `- name: Example
  hots: all
  hosts: all
  tasks:
    - name: Copy it
      copy:
        dest: /etc/x
        content: "{{vflag_bnd}}"
        mode: 0644
      notify: restrat
  handlers:
    - name: restart
      command: systemctl restart x
`
  const loaded = load(text)
  expect(
    loaded.ok || formatDiagnostics(loaded.error, { color: false }),
  ).toBe(`p/site.yaml:2:3: error: "hots" is not known in a play
  2 |   hots: all
    |   ~~~~
     hint: did you mean "hosts"?

p/site.yaml:8:21: error: the variable "vflag_bnd" is set nowhere, but must have a value here
  8 |         content: "{{vflag_bnd}}"
    |                     ~~~~~~~~~
     hint: did you mean "vflag_bond"?

p/site.yaml:9:15: error: "mode" is a whole number (644), but must be text
  9 |         mode: 0644
    |               ~~~~
     hint: quote it, for YAML 1.2 reads it as a decimal number: mode: "0644"

p/site.yaml:10:15: error: there is no handler "restrat" in this play
  10 |       notify: restrat
     |               ~~~~~~~
      hint: did you mean "restart"?
`)
})

test('any text gives a playbook or mistakes with places inside the text', () => {
  const words = [
    '- ',
    'hosts',
    'tasks',
    'command',
    'when',
    'block',
    'vars',
    'loop',
    'register',
    'x',
    'all',
    ': ',
    '\n',
    '\n  ',
    '\n    - ',
    '\n      ',
    '{',
    '}',
    '[',
    ']',
    '"{{x}}"',
    '{{',
    '1',
    'true',
    'args',
    'notify',
    'import_playbook',
  ]
  const text = fc
    .array(fc.constantFrom(...words), { maxLength: 40 })
    .map((all) => `- hosts: all\n  tasks:\n    - ${all.join('')}`)
  fc.assert(
    fc.property(text, (each) => {
      const loaded = load(each)
      if (!loaded.ok) expect([loaded.error.length > 0, badPlaces(loaded.error)]).toEqual([true, []])
    }),
    { numRuns: 300 },
  )
})

test('any shape of YAML gives a playbook or mistakes, never an exception', () => {
  const key = fc.constantFrom(
    'hosts',
    'tasks',
    'command',
    'copy',
    'assert',
    'that',
    'when',
    'block',
    'rescue',
    'loop',
    'loop_control',
    'label',
    'vars',
    'serial',
    'notify',
    'handlers',
    'tags',
    'environment',
    'register',
    'vars_files',
    'import_playbook',
    'args',
    'until',
    'retries',
    'name',
    'mode',
    '__proto__',
  )
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, 0, -1, 1.5, '', 'x', '{{x}}', '{{', 'a == b', 'pfs'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  const diagnostics = (value: unknown): readonly Diagnostic[] => {
    const loaded = load(JSON.stringify(value))
    return loaded.ok ? [] : loaded.error
  }
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 3 }), tree, (plays, tasks) => {
      expect([...badPlaces(diagnostics(plays)), ...badPlaces(diagnostics([{ hosts: 'all', tasks }]))]).toEqual([])
    }),
    { numRuns: 200 },
  )
})
