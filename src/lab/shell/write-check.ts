/** The internal command that looks whether the command before it could write: status, line and name are its arguments. */
export const writeCheck = '__write_check'

/**
 * Follows every command that may write to a file by {@link writeCheck}, as in `{ echo 2 > f; __write_check $? 1 echo; }`.
 * just-bash has no errors for redirections that fail while writing, and on a hypervisor they are the interesting ones
 * (`echo 4 > .../sriov_numvfs`). `parse` is just-bash's own.
 */
export function checkWrites<Script>(script: Script, parse: (text: string) => unknown): Script {
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit)
    if (typeof node !== 'object' || node === null) return node
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, visit(value)]))
    return mayWrite(copy) ? checked(copy, parse) : copy
  }
  return visit(script) as Script
}

/** Whether a command has an output redirection, or is one whose writes cannot be seen from here. */
function mayWrite(node: Readonly<Record<string, unknown>>): boolean {
  if (!Array.isArray(node['redirections']) || node['type'] === 'FunctionDef') return false
  if (['tee', 'eval', 'source', '.'].includes(commandName(node))) return true
  return node['redirections'].some((redirection: unknown) => String(field(redirection, 'operator')).includes('>'))
}

function checked(node: Readonly<Record<string, unknown>>, parse: (text: string) => unknown): unknown {
  const line = Number(node['line'] ?? 1)
  const name = commandName(node).replaceAll(/[^\w.+-]/g, '') || '-'
  const group = firstCommand(field(parse(`{ :; ${writeCheck} "$?" ${line} ${name}; }`), 'statements'))
  const pipeline = firstOf(field(firstOf(field(group, 'body')), 'pipelines'))
  const commands = field(pipeline, 'commands')
  if (!Array.isArray(commands)) throw new Error('Internal error: just-bash parses a group in an unexpected way')
  commands[0] = node
  return group
}

function firstCommand(statements: unknown): unknown {
  return firstOf(field(firstOf(field(firstOf(statements), 'pipelines')), 'commands'))
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined
}

function commandName(node: unknown): string {
  const parts = field(field(node, 'name'), 'parts')
  return Array.isArray(parts) ? parts.map((part) => String(field(part, 'value') ?? '')).join('') : ''
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
