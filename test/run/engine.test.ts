import { describe, expect, test } from 'vitest'
import type { RunOptions } from '../../src/run/context.ts'
import { Secret } from '../../src/shared/secret.ts'
import { runEngine } from '../support/engine.ts'
import { FileHost } from '../support/file-host.ts'

const quiet = 'gather_facts: false'

/** A play over all hosts without facts. */
const play = (tasks: string, keywords = '') =>
  `- name: play\n  hosts: all\n  ${quiet}\n${keywords}  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`

const programs = {
  true: () => ({}),
  false: () => ({ status: 1, stderr: 'it is false\n' }),
  echo: (argv: readonly string[]) => ({ stdout: `${argv.slice(1).join(' ')}\n` }),
}

describe('a task', () => {
  test('is changed when it performs something, and ok when it finds nothing to do', async () => {
    const host = new FileHost('h1')
    const playbook = play('- name: write\n  copy: {content: "x\\n", dest: /etc/x}')
    const first = await runEngine({ playbook, hosts: [host] })
    const second = await runEngine({ playbook, hosts: [host] })
    expect([first.outcomes, first.recap, host.files.get('/etc/x')]).toEqual([
      ['h1 write: changed'],
      { h1: { ok: 1, changed: 1 } },
      'x\n',
    ])
    expect([second.outcomes, second.recap]).toEqual([['h1 write: ok'], { h1: { ok: 1 } }])
  })

  test('that fails ends its host and nobody else', async () => {
    const hosts = [new FileHost('h1', {}, programs), new FileHost('h2', {}, { ...programs, false: () => ({}) })]
    const output = await runEngine({
      playbook: play('- name: one\n  command: "false"\n- name: two\n  command: "true"'),
      hosts,
    })
    expect(output.outcomes).toEqual(['h1 one: failed', 'h2 one: changed', 'h2 two: changed'])
    expect([output.recap, output.exit]).toEqual([{ h1: { failed: 1 }, h2: { ok: 2, changed: 2 } }, 2])
    expect(output.done('one', 'h1').error).toEqual({
      message: 'the command failed: exit status 1',
      command: 'false',
      exit_status: 1,
      stdout: '',
      stderr: 'it is false\n',
      path: 'site.yaml:5:7',
    })
  })

  test('whose change does not come about has failed: a second look still finds something to do', async () => {
    const host = new FileHost('h1')
    const stubborn = new Proxy(host.files, {
      get: (target, key) => (key === 'set' ? () => target : Reflect.get(target, key).bind(target)),
    })
    Object.defineProperty(host, 'files', { value: stubborn })
    const output = await runEngine({
      playbook: play('- name: write\n  copy: {content: "x\\n", dest: /etc/x}'),
      hosts: [host],
    })
    expect(output.done('write').error?.message).toBe(
      'every step was performed, but a second look still finds something to do: /etc/x',
    )
  })

  test('is skipped when its condition is false, with the values that made it so', async () => {
    const output = await runEngine({
      playbook: play('- name: never\n  command: "true"\n  when: n > 3', '  vars: {n: 2}\n'),
      hosts: [new FileHost('h1', {}, programs)],
    })
    expect(output.done('never')).toMatchObject({ outcome: 'skipped', because: 'not n > 3 (n = 2)' })
  })

  test('registers its result for the tasks that follow', async () => {
    const output = await runEngine({
      playbook: play(
        '- name: ask\n  command: echo hello\n  register: said\n- name: use\n  debug: {msg: "{{said.stdout}} {{said.rc}} {{said.changed}}"}',
      ),
      hosts: [new FileHost('h1', {}, programs)],
    })
    expect(output.done('use').message).toBe('hello 0 true')
  })

  test('is changed or failed when the user says so', async () => {
    const output = await runEngine({
      playbook: play(
        '- name: calm\n  command: echo fine\n  changed_when: false\n- name: strict\n  command: echo bad\n  register: r\n  failed_when: r.stdout == "bad"\n  ignore_errors: true\n- name: lenient\n  command: "false"\n  register: r\n  failed_when: r.rc > 1',
      ),
      hosts: [new FileHost('h1', {}, programs)],
    })
    expect(output.outcomes).toEqual(['h1 calm: ok', 'h1 strict: ignored', 'h1 lenient: changed'])
    expect(output.recap).toEqual({ h1: { ok: 3, changed: 1, ignored: 1 } })
  })

  test('is tried again until a condition holds, retries times after the first', async () => {
    let calls = 0
    const output = await runEngine({
      playbook: play(
        '- name: poll\n  command: probe\n  register: r\n  until: r.stdout == "3"\n  retries: 5\n  delay: 2',
      ),
      hosts: [new FileHost('h1', {}, { probe: () => ({ stdout: String(++calls) }) })],
    })
    expect([output.outcomes, calls, output.slept]).toEqual([['h1 poll: changed'], 3, [2, 2]])
  })

  test('fails when the condition never holds, after 1 + retries attempts', async () => {
    let calls = 0
    const output = await runEngine({
      playbook: play(
        '- name: poll\n  command: probe\n  register: r\n  until: r.stdout == "x"\n  retries: 2\n  delay: 1',
      ),
      hosts: [new FileHost('h1', {}, { probe: () => ({ stdout: String(++calls) }) })],
    })
    expect([calls, output.exit]).toEqual([3, 2])
    expect(output.done('poll').because).toContain('"until" did not hold after 3 attempts')
  })
})

describe('a loop', () => {
  test('runs for each item and ends with one result', async () => {
    const output = await runEngine({
      playbook: play(
        '- name: write\n  copy: {content: "{{item}}", dest: "/etc/{{item}}"}\n  loop: [a, b]\n  register: all\n- name: count\n  debug: {msg: "{{length all.results}} {{all.changed}}"}',
      ),
      hosts: [new FileHost('h1', { '/etc/a': 'a' })],
    })
    expect(output.outcomes).toEqual(['h1 write (a): ok', 'h1 write (b): changed', 'h1 write: changed', 'h1 count: ok'])
    expect([output.done('count').message, output.recap]).toEqual(['2 true', { h1: { ok: 2, changed: 1 } }])
  })

  test('goes on after an item that failed, and fails at the end', async () => {
    const output = await runEngine({
      playbook: play('- name: run\n  command: "{{item}}"\n  loop: ["false", "true"]'),
      hosts: [new FileHost('h1', {}, programs)],
    })
    expect(output.outcomes).toEqual(['h1 run (false): failed', 'h1 run (true): changed', 'h1 run: failed'])
    expect(output.recap).toEqual({ h1: { failed: 1 } })
  })

  test('of nothing is skipped', async () => {
    const output = await runEngine({
      playbook: play('- name: none\n  command: "true"\n  loop: []'),
      hosts: [new FileHost('h1')],
    })
    expect(output.done('none')).toMatchObject({ outcome: 'skipped', because: 'no items in the list' })
  })

  test('never shows a whole mapping: labels are names, or what loop_control says', async () => {
    const output = await runEngine({
      playbook: play(
        '- name: named\n  debug: {msg: x}\n  loop: [{name: vm1, password: secret}, {password: secret}]\n- name: labelled\n  debug: {msg: x}\n  loop: [{id: 7, password: secret}]\n  loop_control: {label: "id {{item.id}}", index_var: n, loop_var: item}',
      ),
      hosts: [new FileHost('h1')],
    })
    expect(output.outcomes).toEqual([
      'h1 named (vm1): ok',
      'h1 named (#2): ok',
      'h1 named: ok',
      'h1 labelled (id 7): ok',
      'h1 labelled: ok',
    ])
    expect(JSON.stringify(output.events)).not.toContain('secret')
  })

  test('decides its condition for every item', async () => {
    const output = await runEngine({
      playbook: play('- name: odd\n  debug: {msg: x}\n  loop: [1, 2, 3]\n  when: item % 2 == 1'),
      hosts: [new FileHost('h1')],
    })
    expect(output.outcomes).toEqual(['h1 odd (1): ok', 'h1 odd (2): skipped', 'h1 odd (3): ok', 'h1 odd: ok'])
  })

  test('over something that is no list is refused', async () => {
    const output = await runEngine({
      playbook: play('- name: map\n  debug: {msg: x}\n  loop: "{{m}}"', '  vars: {m: {a: 1}}\n'),
      hosts: [new FileHost('h1')],
    })
    expect(output.done('map').error).toEqual({
      message: 'the loop cannot be evaluated: "loop" is a mapping, but must be a list',
      hint: 'loop over {{keys it}} or {{values it}}',
      path: 'site.yaml:6:7',
    })
  })
})

describe('a handler', () => {
  const playbook = `- name: play
  hosts: all
  gather_facts: false
  tasks:
    - name: write
      copy: {content: "x", dest: /etc/x}
      notify: [restart, reload]
    - name: write again
      copy: {content: "y", dest: /etc/y}
      notify: restart
  post_tasks:
    - name: after
      debug: {msg: x}
  handlers:
    - name: reload all
      listen: reload
      command: "true"
    - name: restart
      command: "true"
`

  test('runs once at the end of the section, in the order of definition', async () => {
    const output = await runEngine({ playbook, hosts: [new FileHost('h1', {}, programs)] })
    expect(output.outcomes).toEqual([
      'h1 write: changed',
      'h1 write again: changed',
      'h1 reload all: changed',
      'h1 restart: changed',
      'h1 after: ok',
    ])
  })

  test('does not run when nothing changed', async () => {
    const output = await runEngine({
      playbook,
      hosts: [new FileHost('h1', { '/etc/x': 'x', '/etc/y': 'y' }, programs)],
    })
    expect(output.outcomes).toEqual(['h1 write: ok', 'h1 write again: ok', 'h1 after: ok'])
  })

  test('of a host that failed does not run, and that is said; forced, it does', async () => {
    const failing = playbook.replace(
      '    - name: write again',
      '    - name: break\n      command: "false"\n    - name: write again',
    )
    const output = await runEngine({ playbook: failing, hosts: [new FileHost('h1', {}, programs)] })
    expect(output.outcomes).toEqual(['h1 write: changed', 'h1 break: failed'])
    expect(output.events.filter((event) => event.event === 'warning')).toEqual([
      { event: 'warning', host: 'h1', message: 'notified handlers did not run: reload all, restart' },
    ])
    const forced = await runEngine({
      playbook: failing,
      hosts: [new FileHost('h1', {}, programs)],
      options: { forceHandlers: true },
    })
    expect(forced.outcomes).toEqual([
      'h1 write: changed',
      'h1 break: failed',
      'h1 reload all: changed',
      'h1 restart: changed',
    ])
  })
})

describe('a block', () => {
  const block = (inner: string) =>
    play(`- block:
    - name: try
      command: ${inner}
  rescue:
    - name: mend
      command: "true"
  always:
    - name: tidy
      command: "true"
- name: after
  debug: {msg: x}`)

  test('that fails is rescued, and the host goes on', async () => {
    const output = await runEngine({ playbook: block('"false"'), hosts: [new FileHost('h1', {}, programs)] })
    expect(output.outcomes).toEqual(['h1 try: rescued', 'h1 mend: changed', 'h1 tidy: changed', 'h1 after: ok'])
    expect([output.recap, output.exit]).toEqual([{ h1: { ok: 3, changed: 2, rescued: 1 } }, 0])
  })

  test('that goes well needs no rescue, and always ends with always', async () => {
    const output = await runEngine({ playbook: block('"true"'), hosts: [new FileHost('h1', {}, programs)] })
    expect(output.outcomes).toEqual(['h1 try: changed', 'h1 tidy: changed', 'h1 after: ok'])
  })

  test('whose rescue fails leaves the host failed, after always', async () => {
    const output = await runEngine({
      playbook: block('"false"').replace(
        'name: mend\n          command: "true"',
        'name: mend\n          command: "false"',
      ),
      hosts: [new FileHost('h1', {}, programs)],
    })
    expect(output.outcomes).toEqual(['h1 try: rescued', 'h1 mend: failed', 'h1 tidy: changed'])
    expect([output.recap, output.exit]).toEqual([{ h1: { ok: 1, changed: 1, failed: 1, rescued: 1 } }, 2])
  })

  test('rescues only the hosts that failed in it', async () => {
    const hosts = [new FileHost('h1', {}, programs), new FileHost('h2', {}, { ...programs, false: () => ({}) })]
    const output = await runEngine({ playbook: block('"false"'), hosts })
    expect(output.outcomes).toEqual([
      'h1 try: rescued',
      'h2 try: changed',
      'h1 mend: changed',
      'h1 tidy: changed',
      'h2 tidy: changed',
      'h1 after: ok',
      'h2 after: ok',
    ])
  })

  test('gives its keywords to the tasks inside', async () => {
    const playbook = play(
      '- block:\n    - name: in\n      debug: {msg: "{{who}}"}\n      when: b\n  vars: {who: block}\n  when: a',
      '  vars: {who: play, a: true, b: true}\n',
    )
    const output = await runEngine({ playbook, hosts: [new FileHost('h1')] })
    expect(output.done('in').message).toBe('block')
    const without = await runEngine({ playbook, hosts: [new FileHost('h1')], extraVars: { a: false } })
    expect(without.done('in')).toMatchObject({ outcome: 'skipped', because: 'not a (a = false)' })
  })
})

describe('hosts that cannot be talked to', () => {
  const refused = {
    kind: 'unreachable',
    failure: { reason: 'connect', message: 'connection refused', hint: 'is sshd running?' },
  } as const
  const died = { kind: 'lost', failure: { reason: 'link', message: 'the link died' } } as const

  test('are unreachable and drop out; the others go on', async () => {
    const down = new FileHost('h1')
    down.trouble.push(refused)
    const output = await runEngine({
      playbook: play('- name: one\n  copy: {content: x, dest: /etc/x}\n- name: two\n  ping:'),
      hosts: [down, new FileHost('h2', {}, programs)],
    })
    expect(output.outcomes).toEqual(['h1 one: unreachable', 'h2 one: changed', 'h2 two: ok'])
    expect([output.recap, output.exit]).toEqual([{ h1: { unreachable: 1 }, h2: { ok: 2, changed: 1 } }, 4])
    expect(output.done('one', 'h1').error).toEqual({
      message: 'connection refused',
      hint: 'is sshd running?',
      path: 'site.yaml:5:7',
    })
  })

  test('are lost when the link dies while steps run: nobody claims that they were done', async () => {
    const host = new FileHost('h1')
    host.trouble.push(null, died)
    const output = await runEngine({
      playbook: play('- name: write\n  copy: {content: x, dest: /etc/x}'),
      hosts: [host],
    })
    expect([output.outcomes, output.recap, output.exit]).toEqual([['h1 write: lost'], { h1: { unreachable: 1 } }, 4])
  })

  test('are passed over where the playbook says that this is fine', async () => {
    const down = new FileHost('h1')
    down.trouble.push(refused)
    const output = await runEngine({
      playbook: play(
        '- name: one\n  copy: {content: x, dest: /etc/x}\n  ignore_unreachable: true\n- name: two\n  copy: {content: x, dest: /etc/y}',
      ),
      hosts: [down],
    })
    expect([output.outcomes, output.exit]).toEqual([['h1 one: ignored', 'h1 two: changed'], 0])
  })

  test('count against max_fail_percentage like hosts that failed', async () => {
    const down = new FileHost('h1')
    down.trouble.push(refused)
    const output = await runEngine({
      playbook: play(
        '- name: one\n  copy: {content: x, dest: /etc/x}\n- name: two\n  debug: {msg: x}',
        '  max_fail_percentage: 30\n',
      ),
      hosts: [down, new FileHost('h2'), new FileHost('h3')],
    })
    expect(output.outcomes).toEqual(['h1 one: unreachable', 'h2 one: changed', 'h3 one: changed'])
  })
})

describe('a play', () => {
  test('with serial goes slice by slice and stops when a whole slice has failed', async () => {
    const hosts = ['h1', 'h2', 'h3'].map(
      (name) => new FileHost(name, {}, name === 'h2' ? programs : { ...programs, false: () => ({}) }),
    )
    const output = await runEngine({
      playbook: `${play('- name: one\n  command: "false"', '  serial: 1\n')}${play('- name: later\n  debug: {msg: x}')}`,
      hosts,
    })
    expect(output.outcomes).toEqual(['h1 one: changed', 'h2 one: failed'])
  })

  test('goes on without hosts that failed in an earlier one', async () => {
    const hosts = [new FileHost('h1', {}, programs), new FileHost('h2', {}, { ...programs, false: () => ({}) })]
    const output = await runEngine({
      playbook: `${play('- name: one\n  command: "false"')}${play('- name: later\n  debug: {msg: x}')}`,
      hosts,
    })
    expect(output.outcomes).toEqual(['h1 one: failed', 'h2 one: changed', 'h2 later: ok'])
  })

  test('ends for everybody when any error is fatal', async () => {
    const hosts = [new FileHost('h1', {}, programs), new FileHost('h2', {}, { ...programs, false: () => ({}) })]
    const output = await runEngine({
      playbook: play('- name: one\n  command: "false"\n- name: two\n  debug: {msg: x}', '  any_errors_fatal: true\n'),
      hosts,
    })
    expect(output.outcomes).toEqual(['h1 one: failed', 'h2 one: changed'])
  })

  test('runs only the tasks whose tags are asked for, and those tagged always', async () => {
    const playbook = play(
      '- name: a\n  debug: {msg: x}\n  tags: [a]\n- name: b\n  debug: {msg: x}\n  tags: [b]\n- name: ever\n  debug: {msg: x}\n  tags: [always]\n- name: rare\n  debug: {msg: x}\n  tags: [never, c]',
    )
    const hosts = () => [new FileHost('h1')]
    expect(
      (await runEngine({ playbook, hosts: hosts(), options: { tags: { only: ['a'], skip: [] } } })).outcomes,
    ).toEqual(['h1 a: ok', 'h1 ever: ok'])
    expect(
      (await runEngine({ playbook, hosts: hosts(), options: { tags: { only: [], skip: ['b', 'always'] } } })).outcomes,
    ).toEqual(['h1 a: ok'])
    expect(
      (await runEngine({ playbook, hosts: hosts(), options: { tags: { only: ['c'], skip: [] } } })).outcomes,
    ).toEqual(['h1 ever: ok', 'h1 rare: ok'])
  })

  test('runs a run_once task on the first host and gives its result to all', async () => {
    const output = await runEngine({
      playbook: play(
        '- name: once\n  command: echo hi\n  register: said\n  run_once: true\n- name: all\n  debug: {msg: "{{said.stdout}}"}',
      ),
      hosts: [new FileHost('h1', {}, programs), new FileHost('h2')],
    })
    expect(output.outcomes).toEqual(['h1 once: changed', 'h1 all: ok', 'h2 all: ok'])
    expect(output.done('all', 'h2').message).toBe('hi')
  })
})

describe('variables', () => {
  test('come from ten levels, the stronger one wins', async () => {
    const inventory =
      'all:\n  vars: {a: all, b: all, c: all}\n  children:\n    g:\n      vars: {b: group, c: group}\n      hosts:\n        h1: {c: host}\n'
    const message = '- name: show\n  debug: {msg: "{{a}} {{b}} {{c}} {{d}} {{e}}"}\n  vars: {e: task}'
    const output = await runEngine({
      playbook: play(message, '  vars: {d: play, e: play}\n'),
      inventory,
      hosts: [new FileHost('h1')],
    })
    expect(output.done('show').message).toBe('all group host play task')
    const extra = await runEngine({
      playbook: play(message, '  vars: {d: play, e: play}\n'),
      inventory,
      hosts: [new FileHost('h1')],
      extraVars: { a: 'extra', e: 'extra' },
    })
    expect(extra.done('show').message).toBe('extra group host play extra')
  })

  test('may be made of others, and are rendered when they are read', async () => {
    const output = await runEngine({
      playbook: play(
        '- name: show\n  debug: {msg: "{{url}}"}',
        '  vars: {host: "{{inventory_hostname}}.example", url: "https://{{host}}/", broken: "{{default nowhere 1}}"}\n',
      ),
      hosts: [new FileHost('h1')],
    })
    expect(output.done('show').message).toBe('https://h1.example/')
  })

  test('that refer to themselves are an error with the circle', async () => {
    const output = await runEngine({
      playbook: play('- name: show\n  debug: {msg: "{{a}}"}', '  vars: {a: "{{b}}", b: "{{a}}"}\n'),
      hosts: [new FileHost('h1')],
    })
    expect(output.done('show').because).toContain('the variable "a" refers to itself: a -> b -> a')
  })

  test('of other hosts are in hostvars, results included', async () => {
    const output = await runEngine({
      playbook: play(
        "- name: ask\n  command: echo {{inventory_hostname}}\n  register: said\n- name: show\n  debug: {msg: \"{{lookup (lookup (lookup hostvars 'h2') 'said') 'stdout'}}\"}",
      ),
      hosts: [new FileHost('h1', {}, programs), new FileHost('h2', {}, programs)],
    })
    expect(output.done('show', 'h1').message ?? output.done('show', 'h1').because).toBe('h2')
  })
})

describe('an interrupt', () => {
  test('lets the steps under way finish, starts nothing new, and ends with 130', async () => {
    let interrupt = () => {}
    const whileItRuns = () => {
      interrupt()
      return {}
    }
    const output = await runEngine({
      playbook: play('- name: one\n  command: "true"\n- name: two\n  command: "true"'),
      hosts: [new FileHost('h1', {}, { true: whileItRuns })],
      onEvent: (_event, control) => {
        interrupt = () => {
          control.interrupted = true
        }
      },
    })
    expect([output.outcomes, output.exit, output.events.at(-1)?.event]).toEqual([['h1 one: changed'], 130, 'recap'])
  })

  test('that comes while a host is looked at leaves it as it is', async () => {
    const host = new FileHost('h1')
    const output = await runEngine({
      playbook: play('- name: write\n  copy: {content: "x\\n", dest: /etc/x}'),
      hosts: [host],
      onEvent: (event, control) => {
        if (event.event === 'host_start') control.interrupted = true
      },
    })
    expect([output.outcomes, output.done('write').because, host.performed, output.exit]).toEqual([
      ['h1 write: skipped'],
      'the run was interrupted before anything was changed',
      [],
      130,
    ])
  })
})

test('an interrupt while a host restarts ends the waiting: the change is not confirmed, and that is said', async () => {
  const output = await runEngine({
    playbook: play('- name: boot\n  reboot: {reboot_timeout: 600}'),
    hosts: [new FileHost('h1')],
    onEvent: (event, control) => {
      if (event.event === 'host_retry') control.interrupted = true
    },
  })
  expect([output.outcomes, output.exit]).toEqual([['h1 boot: failed'], 130])
  expect(output.done('boot').error?.message).toBe('the run was interrupted before the change could be confirmed')
})

describe('becoming another user', () => {
  const tasks = '- name: one\n  copy: {content: x, dest: /etc/x}'
  const password = new Secret('secret')
  const as = async (keywords: string, become: RunOptions['become']) => {
    const host = new FileHost('h1')
    await runEngine({ playbook: play(tasks, keywords), hosts: [host], options: { become } })
    return [...new Set(host.frames.map(({ options }) => options?.become))]
  }

  test('is asked for by the playbook, with the password of the command line', async () => {
    expect(await as('  become: true\n', { wanted: false, password })).toEqual([
      { method: 'sudo', user: 'root', password },
    ])
  })

  test('is asked for by the command line, for tasks that do not say otherwise', async () => {
    expect(await as('', { wanted: true, user: 'admin', method: 'su' })).toEqual([{ method: 'su', user: 'admin' }])
    expect(await as('  become: false\n', { wanted: true })).toEqual([undefined])
  })

  test('is asked for by the inventory, in older words and names as well', async () => {
    const host = new FileHost('h1')
    const inventory =
      'all:\n  hosts:\n    h1: {ansible_become: "yes", ansible_sudo_user: oracle, ansible_sudo_pass: secret}\n'
    await runEngine({ playbook: play(tasks), inventory, hosts: [host] })
    expect(host.frames[0]?.options?.become).toEqual({ method: 'sudo', user: 'oracle', password })
  })

  test('is not done because a user or a password is named', async () => {
    expect(await as('', { wanted: false, user: 'admin', password })).toEqual([undefined])
  })
})

describe('a play whose pattern matches nobody', () => {
  const text = (keywords: string) =>
    `${play('- name: one\n  debug: {msg: x}')}- name: nobody\n  hosts: clients\n  gather_facts: false\n${keywords}  tasks:\n    - name: two\n      debug: {msg: x}\n`

  test('is an error', async () => {
    await expect(runEngine({ playbook: text(''), hosts: [new FileHost('h1')] })).rejects.toThrow(/clients/)
  })

  test('is passed over where it says that this is fine', async () => {
    const output = await runEngine({ playbook: text('  allow_empty: true\n'), hosts: [new FileHost('h1')] })
    expect([output.outcomes, output.exit]).toEqual([['h1 one: ok'], 0])
  })
})
