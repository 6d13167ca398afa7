import { describe, expect, test } from 'vitest'
import { runEngine } from '../support/engine.ts'
import { FileHost } from '../support/file-host.ts'

const play = (tasks: string) => `- name: play\n  hosts: all\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`
const many = Array.from({ length: 40 }, (_, n) => `- name: look ${n}\n  stat: {path: /etc/f${n}}`).join('\n')

describe('reading ahead', () => {
  test('lets forty tasks that change nothing cost a few round trips', async () => {
    const host = new FileHost('h1')
    const output = await runEngine({ playbook: play(many), hosts: [host] })
    expect(output.recap).toEqual({ h1: { ok: 41 } })
    // Facts, then windows of 1, 2, 4, 8, 16 ... tasks: the window doubles with every task that changes nothing.
    expect(host.frames.length).toBeLessThanOrEqual(6)
  })

  test('forgets what it read when a step was performed', async () => {
    const touch = (_argv: readonly string[], on: FileHost) => {
      on.files.set('/etc/mark', '')
      return {}
    }
    const host = new FileHost('h1', {}, { touch })
    const output = await runEngine({
      playbook: play(
        '- name: before\n  stat: {path: /etc/mark}\n  register: a\n- name: make\n  command: touch\n- name: after\n  stat: {path: /etc/mark}\n  register: b\n- name: show\n  debug: {msg: "{{a.stat.exists}} {{b.stat.exists}}"}',
      ),
      hosts: [host],
    })
    expect(output.done('show').message).toBe('false true')
  })

  test('waits for a result that a later task depends on', async () => {
    const host = new FileHost('h1', { '/etc/list': 'x' })
    const output = await runEngine({
      playbook: play(
        '- name: first\n  stat: {path: /etc/list}\n  register: r\n- name: second\n  stat: {path: "/etc/{{#if r.stat.exists}}hosts{{else}}none{{/if}}"}\n  register: s\n- name: show\n  debug: {msg: "{{s.stat.exists}}"}',
      ),
      hosts: [host],
    })
    expect(output.done('show').message).toBe('true')
  })

  test('gives the same outcomes as reading one by one', async () => {
    const tasks =
      '- name: a\n  copy: {content: x, dest: /etc/a}\n- name: b\n  copy: {content: x, dest: /etc/a}\n- name: c\n  stat: {path: /etc/a}\n  register: c\n- name: d\n  copy: {content: y, dest: /etc/a}\n  when: c.stat.exists\n- name: e\n  stat: {path: /etc/a}\n  register: e\n- name: f\n  debug: {msg: "{{e.stat.checksum}}"}'
    const output = await runEngine({ playbook: play(tasks), hosts: [new FileHost('h1')] })
    expect(output.outcomes).toEqual([
      'h1 Gathering Facts: ok',
      'h1 a: changed',
      'h1 b: ok',
      'h1 c: ok',
      'h1 d: changed',
      'h1 e: ok',
      'h1 f: ok',
    ])
    expect(output.done('f').message).toBe('95cb0bfd2977c761298d9624e4b4d4c72a39974a')
  })
})
