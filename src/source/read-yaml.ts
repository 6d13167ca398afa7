import { err, type Result } from '../shared/result.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { SourceReader } from './reader.ts'
import type { Node } from './tree.ts'
import { parseYaml } from './yaml.ts'

/** Reads and parses a YAML file; `what` names its purpose in messages ("the inventory"). A missing file has no place to point at. */
export function readYaml(reader: SourceReader, path: string, what: string): Result<Node, readonly Diagnostic[]> {
  const text = reader.read(path)
  if (!text.ok) return err([{ severity: 'error', message: `${what} "${path}" ${text.error.message}`, place: null }])
  if (text.value.startsWith('$ANSIBLE_VAULT')) {
    return err([
      {
        severity: 'error',
        message: `${what} "${path}" is encrypted with ansible-vault, but must be plain YAML`,
        place: null,
        hint: `write it in plain text: ansible-vault decrypt ${path}`,
      },
    ])
  }
  return parseYaml(path, text.value)
}
