/** One level of the variable precedence. */
export interface Level {
  /** 1 is the weakest. */
  readonly rank: number
  readonly name: LevelName
  /** Where such a variable is written. */
  readonly where: string
}

/** The names of the levels, as messages and `--explain-var` show them. */
export type LevelName =
  | 'vars beside the playbook'
  | 'inventory group vars'
  | 'inventory host vars'
  | 'facts'
  | 'play vars'
  | 'vars_files'
  | 'block vars'
  | 'task vars'
  | 'set_fact and registered'
  | 'extra vars'

/**
 * Who wins when a variable is set in several places, weakest first. A stronger level replaces the whole value, mappings
 * and lists too. docs/variables.md shows this list; a test compares the two.
 */
export const precedence: readonly Level[] = [
  {
    rank: 1,
    name: 'vars beside the playbook',
    where:
      '`group_vars/` and `host_vars/` in the folder of the playbook (groups in the order of level 2, then the host)',
  },
  {
    rank: 2,
    name: 'inventory group vars',
    where:
      '`vars:` of a group in the inventory, then `group_vars/` beside the inventory; `all` first, then by depth, `ansible_group_priority` and name, so a child group wins over its parent',
  },
  {
    rank: 3,
    name: 'inventory host vars',
    where: 'variables of a host in the inventory, then `host_vars/` beside the inventory',
  },
  { rank: 4, name: 'facts', where: 'what was learned of the host: `ansible_facts` and `ansible_<fact>`' },
  { rank: 5, name: 'play vars', where: '`vars:` of the play' },
  { rank: 6, name: 'vars_files', where: '`vars_files:` of the play, a later file wins' },
  { rank: 7, name: 'block vars', where: '`vars:` of a block, an inner block wins' },
  { rank: 8, name: 'task vars', where: '`vars:` of the task, then its loop variables' },
  { rank: 9, name: 'set_fact and registered', where: '`set_fact` and `register` of earlier tasks of the run' },
  { rank: 10, name: 'extra vars', where: '`-e` on the command line, a later one wins' },
]

/** The table of docs/variables.md. */
export function precedenceTable(): string {
  const rows = precedence.map(({ rank, name, where }) => `| ${rank} | ${name} | ${where} |`)
  return ['| level | name | where it is written |', '|--:|---|---|', ...rows].join('\n')
}
