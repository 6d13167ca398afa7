import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findPlaybook, loadConfig, packageDir, playbookName } from '../../src/cli/config.ts'

let project: string

beforeAll(() => {
  project = mkdtempSync(path.join(tmpdir(), 'vflag-config-'))
  mkdirSync(path.join(project, 'playbooks'))
  mkdirSync(path.join(project, 'deep/er'), { recursive: true })
  writeFileSync(path.join(project, 'vflag.yaml'), '')
  writeFileSync(path.join(project, 'site.yaml'), '')
  writeFileSync(path.join(project, 'playbooks/own.yaml'), '')
  writeFileSync(path.join(project, 'playbooks/verify.yaml'), '')
})

afterAll(() => rmSync(project, { recursive: true }))

test.each([
  ['', 'site.yaml', 'site.yaml'],
  ['', 'own.yaml', 'playbooks/own.yaml'],
  ['', undefined, 'playbooks/vflag-lacp.yaml'],
  ['', 'teardown.yaml', 'playbooks/teardown.yaml'],
  ['deep/er', 'own.yaml', '../../playbooks/own.yaml'],
  ['deep/er', 'teardown.yaml', 'playbooks/teardown.yaml'],
])('in "%s" the playbook found by %s is called %s', (folder, given, name) => {
  const cwd = path.join(project, folder)
  const config = loadConfig(cwd)
  expect(playbookName(findPlaybook(given, config, cwd), config, cwd)).toBe(name)
})

test('a shipped playbook that one of the project hides is called by its full path', () => {
  const config = loadConfig(project)
  const shipped = path.join(packageDir, 'playbooks/verify.yaml')
  expect(playbookName(shipped, config, project)).toBe(shipped)
})
