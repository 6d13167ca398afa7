import type { Task } from '../playbook/types.ts'
import { compileTemplate } from '../template/render.ts'
import type { PlayRun } from './context.ts'
import type { HostRun } from './host-run.ts'
import { Scope } from './scope.ts'

/** What people see of a task: its name with the variables of the first host filled in, as written where that fails, else its module. */
export function taskName(run: PlayRun, task: Task, hosts: readonly HostRun[]): string {
  const name = task.name ?? task.module.name
  const [host] = hosts
  if (!name.includes('{{') || !host) return name
  const template = compileTemplate(name)
  if (!template.ok) return name
  const { above, below } = run.layers(host)
  const vars = new Scope([...above, { kind: 'templates', vars: task.vars }, ...below]).context(template.value.names)
  const rendered = vars.ok ? template.value.render(vars.value) : vars
  return rendered.ok ? rendered.value : name
}
