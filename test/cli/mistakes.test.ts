import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Workshop } from '../support/program.ts'

const inventory = 'all:\n  children:\n    lab:\n      hosts:\n        h1: {ansible_connection: local}\n'
const good =
  '- name: play\n  hosts: lab\n  gather_facts: false\n  tasks:\n    - name: hello\n      debug: {msg: hello}\n'
const workshop = new Workshop({ 'hosts.yaml': inventory, 'good.yaml': good })
afterAll(() => workshop.remove())

const run = (...args: string[]) => workshop.run(args)
const playbook = async (text: string, ...args: string[]) => {
  workshop.write('site.yaml', text)
  return await workshop.run(['site.yaml', '-i', 'hosts.yaml', ...args])
}

describe('a mistake ends the program with 5, before any host is contacted, and without a stack', () => {
  test('a wrong flag, with the right one', async () => {
    expect(await run('--lmit', 'x')).toEqual({
      status: 5,
      stdout: '',
      stderr: "error: unknown option '--lmit'\n(Did you mean --limit?)\n",
    })
  })

  test('a playbook that is not there', async () => {
    expect(await run('nope.yaml', '-i', 'hosts.yaml')).toEqual({
      status: 5,
      stdout: '',
      stderr:
        'error: the playbook is "nope.yaml", but there is no such file, nor one under playbooks/\n    hint: vflag-play --help shows how to name one\n',
    })
  })

  test('an inventory that is not there', async () => {
    expect((await run('good.yaml', '-i', 'nope.yaml')).status).toBe(5)
  })

  test('unknown keys, modules, arguments, types, handlers and variables, all together with their places', async () => {
    const { status, stdout, stderr } = await playbook(`- name: play
  hosts: lab
  gather_fact: false
  tasks:
    - name: one
      debgu: {msg: x}
    - name: two
      service: {nmae: x, state: runing}
    - name: three
      command: uptime
      notify: restrat
    - name: four
      debug: {msg: "{{whoo}}"}
  vars: {who: me}
  handlers:
    - name: restart
      command: uptime
`)
    expect([status, stdout]).toEqual([5, ''])
    expect(stderr.split('\n').filter((line) => / (?:error|hint): |^ +hint/.test(line))).toMatchSnapshot()
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/)
  })

  test('a template file that is missing', async () => {
    const { status, stderr } = await playbook('- hosts: lab\n  tasks:\n    - template: {src: nope.hbs, dest: /tmp/x}\n')
    expect([status, stderr.split('\n')[0]]).toEqual([
      5,
      expect.stringContaining('site.yaml:3:23: error: the template "nope.hbs" does not exist'),
    ])
  })

  test.each([
    ['an empty limit', ['--limit', '']],
    ['a limit that matches nobody', ['--limit', 'labb']],
    ['a tag that no task has', ['--tags', 'nope']],
    ['an extra variable without a value', ['-e', 'x']],
    ['forks that are no number', ['--forks', 'many']],
    ['an output that there is not', ['--output', 'xml']],
  ])('%s', async (_title, args) => {
    const { status, stdout, stderr } = await run('good.yaml', '-i', 'hosts.yaml', ...args)
    expect([status, stdout, stderr === '']).toEqual([5, '', false])
  })

  test('YAML that cannot be read, with its place', async () => {
    const { status, stderr } = await playbook('- hosts: lab\n  tasks:\n   - debug: {msg: x\n')
    expect([status, stderr.split('\n')[0]?.startsWith('site.yaml:')]).toEqual([5, true])
  })

  test('a config key that there is not, with its place', async () => {
    const other = new Workshop({ 'hosts.yaml': inventory, 'good.yaml': good, 'vflag.yaml': 'fork: 3\n' })
    const { status, stderr } = await other.run(['good.yaml', '-i', 'hosts.yaml'])
    other.remove()
    expect([status, stderr]).toEqual([
      5,
      'vflag.yaml:1:1: error: "fork" is not known, but must be one of "playbook", "inventory", "forks", "user", "private_key", "timeout" or "output"\n  1 | fork: 3\n    | ~~~~\n     hint: did you mean "forks"?\n',
    ])
  })
})

describe('trouble with hosts', () => {
  test('a command that fails ends with 2 and shows command, status and stderr', async () => {
    const { status, stdout } = await playbook(
      '- hosts: lab\n  gather_facts: false\n  tasks:\n    - name: break\n      command: ls /does/not/exist\n',
    )
    expect(status).toBe(2)
    for (const part of ['ls /does/not/exist', 'No such file or directory', 'site.yaml:4:7', 'failed=1'])
      expect(stdout).toContain(part)
  })

  test('a refused connection ends with 4, and hosts that are fine go on', async () => {
    workshop.write(
      'two.yaml',
      'all:\n  hosts:\n    h1: {ansible_connection: local}\n    h2: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: nobody}\n',
    )
    workshop.write('site.yaml', '- hosts: all\n  gather_facts: false\n  tasks:\n    - name: hello\n      ping:\n')
    const { status, stdout, stderr } = await workshop.run(['site.yaml', '-i', 'two.yaml', '--output', 'json'])
    const recap = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect([status, stderr, recap.hosts.h1.ok, recap.hosts.h2.unreachable, recap.exit]).toEqual([4, '', 1, 1, 4])
  })
})

describe('the program', () => {
  test('prints JSON lines that can be read, the recap last', async () => {
    const { status, stdout } = await run('good.yaml', '-i', 'hosts.yaml', '--output', 'json')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([status, events.map((event) => event.event)]).toEqual([
      0,
      ['run_start', 'play_start', 'task_start', 'host_done', 'recap'],
    ])
    expect(events[3]).toMatchObject({
      play: 'play',
      task: 'hello',
      module: 'debug',
      host: 'h1',
      outcome: 'ok',
      deltas: [],
      because: expect.any(String),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
  })

  test('answers --syntax-check, --list-hosts, --list-tasks and --list-tags without contacting anybody', async () => {
    expect((await run('good.yaml', '-i', 'hosts.yaml', '--syntax-check')).stdout).toBe('playbook: good.yaml\n')
    expect((await run('good.yaml', '-i', 'hosts.yaml', '--list-hosts')).stdout).toBe(
      'playbook: good.yaml\n\n  play #1 (lab): play\n    1 host:\n      h1\n',
    )
    expect((await run('good.yaml', '-i', 'hosts.yaml', '--list-tasks')).stdout).toBe(
      'playbook: good.yaml\n\n  play #1 (lab): play\n      hello\n',
    )
    expect((await run('good.yaml', '-i', 'hosts.yaml', '--list-tags')).stdout).toBe(
      'playbook: good.yaml\n\n  play #1 (lab): play\n      (none)\n',
    )
  })

  test('writes every event to a journal when asked', async () => {
    await run('good.yaml', '-i', 'hosts.yaml', '--journal', 'run.jsonl', '--output', 'quiet')
    const events = readFileSync(path.join(workshop.directory, 'run.jsonl'), 'utf8').trim().split('\n')
    expect(events.map((line) => JSON.parse(line).event)).toContain('recap')
  })
})
