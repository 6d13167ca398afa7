import { describe, expect, test } from 'vitest'
import { type EngineInput, runEngine } from '../support/engine.ts'
import { FileHost } from '../support/file-host.ts'

const play = (tasks: string) =>
  `- name: play\n  hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`
const programs = { echo: () => ({ stdout: 'hi\n' }), true: () => ({}) }

const check = async (tasks: string, host = new FileHost('h1', {}, programs), more: Partial<EngineInput> = {}) => {
  const output = await runEngine({
    playbook: play(tasks),
    hosts: [host],
    ...more,
    options: { check: true, ...more.options },
  })
  return { output, host }
}

describe('check mode', () => {
  test('performs no step, whatever the playbook holds', async () => {
    const { output, host } = await check(
      '- name: write\n  copy: {content: x, dest: /etc/x}\n- name: run\n  command: echo hi\n- name: boot\n  reboot:',
    )
    expect([host.performed, host.frames.every(({ frame }) => frame.steps.length === 0)]).toEqual([[], true])
    expect(output.outcomes).toEqual(['h1 write: changed', 'h1 run: unpredicted', 'h1 boot: unpredicted'])
  })

  test('shows the deltas of what would change', async () => {
    const { output } = await check('- name: write\n  copy: {content: "new\\n", dest: /etc/hosts}')
    expect(output.done('write')).toMatchObject({
      outcome: 'changed',
      deltas: [{ what: '/etc/hosts', before: '', after: 'new\n', text: true }],
    })
  })

  test('says unpredicted, with the reason, where a task looks at what an earlier one would change', async () => {
    const { output } = await check(
      '- name: write\n  copy: {content: x, dest: /etc/x}\n- name: look\n  stat: {path: /etc/x}\n- name: elsewhere\n  stat: {path: /etc/hosts}',
    )
    expect(output.outcomes).toEqual(['h1 write: changed', 'h1 look: unpredicted', 'h1 elsewhere: ok'])
    expect(output.done('look').because).toBe('looks at what "write" would change')
  })

  test('carries what is not known through registered results into conditions and templates', async () => {
    const { output } = await check(
      '- name: ask\n  command: echo hi\n  register: r\n  changed_when: false\n- name: if\n  debug: {msg: x}\n  when: r.stdout == "hi"\n- name: show\n  debug: {msg: "{{r.stdout}}"}\n- name: else\n  debug: {msg: x}\n  when: r.stdout == "hi" && false',
    )
    expect(output.outcomes).toEqual([
      'h1 ask: unpredicted',
      'h1 if: unpredicted',
      'h1 show: unpredicted',
      'h1 else: skipped',
    ])
  })

  test('knows that a predicted change is a change', async () => {
    const { output } = await check(
      '- name: write\n  copy: {content: x, dest: /etc/x}\n  register: w\n- name: then\n  debug: {msg: x}\n  when: w.changed',
    )
    expect(output.outcomes).toEqual(['h1 write: changed', 'h1 then: ok'])
  })

  test('does not let a command that the user calls harmless cast doubt on what follows', async () => {
    const { output } = await check(
      '- name: ask\n  command: echo hi\n  changed_when: false\n- name: look\n  stat: {path: /etc/hosts}',
    )
    expect(output.outcomes).toEqual(['h1 ask: unpredicted', 'h1 look: ok'])
  })

  test('runs a task for real that says check_mode: false', async () => {
    const { output, host } = await check(
      '- name: ask\n  command: echo hi\n  check_mode: false\n  register: r\n  changed_when: false\n- name: show\n  debug: {msg: "{{r.stdout}}"}',
    )
    expect([output.outcomes, host.performed]).toEqual([['h1 ask: ok', 'h1 show: ok'], ['run echo hi']])
  })

  test('ends with 3 when changes are pending and that was asked about', async () => {
    const tasks = '- name: write\n  copy: {content: x, dest: /etc/x}'
    expect((await check(tasks, undefined, { options: { failOnChange: true } })).output.exit).toBe(3)
    expect(
      (await check(tasks, new FileHost('h1', { '/etc/x': 'x' }), { options: { failOnChange: true } })).output.exit,
    ).toBe(0)
    expect((await check(tasks)).output.exit).toBe(0)
  })
})
