/** What a keyword may hold, as people read it. */
export type KeywordType =
  | 'text'
  | 'true or false'
  | 'a number'
  | 'a list'
  | 'a mapping'
  | 'text or a list'
  | 'a condition or a list of them'
  | 'anything'
  | 'a list of tasks'

/** Keywords with the type of what they hold. */
export type KeywordTable = Readonly<Record<string, KeywordType>>

/** Where the keywords stand. */
export type KeywordKind = 'play' | 'block' | 'task' | 'handler' | 'import' | 'loop_control'

const common: KeywordTable = {
  name: 'text',
  vars: 'a mapping',
  tags: 'text or a list',
  become: 'true or false',
  become_user: 'text',
  become_method: 'text',
  environment: 'a mapping',
  ignore_errors: 'true or false',
  ignore_unreachable: 'true or false',
  any_errors_fatal: 'true or false',
  no_log: 'true or false',
  check_mode: 'true or false',
  diff: 'true or false',
  run_once: 'true or false',
}

const task: KeywordTable = {
  ...common,
  when: 'a condition or a list of them',
  args: 'a mapping',
  loop: 'a list',
  with_items: 'a list',
  loop_control: 'a mapping',
  register: 'text',
  notify: 'text or a list',
  changed_when: 'a condition or a list of them',
  failed_when: 'a condition or a list of them',
  until: 'a condition or a list of them',
  retries: 'a number',
  delay: 'a number',
  timeout: 'a number',
}

/** The keywords that we know, by where they stand: what checks, messages and the editor schema share. */
export const keywords: Readonly<Record<KeywordKind, KeywordTable>> = {
  play: {
    hosts: 'text or a list',
    gather_facts: 'true or false',
    remote_user: 'text',
    serial: 'anything',
    max_fail_percentage: 'a number',
    order: 'text',
    force_handlers: 'true or false',
    allow_empty: 'true or false',
    vars_files: 'text or a list',
    pre_tasks: 'a list of tasks',
    tasks: 'a list of tasks',
    post_tasks: 'a list of tasks',
    handlers: 'a list of tasks',
    ...common,
  },
  block: {
    ...common,
    when: 'a condition or a list of them',
    notify: 'text or a list',
    block: 'a list of tasks',
    rescue: 'a list of tasks',
    always: 'a list of tasks',
  },
  task,
  handler: { ...task, listen: 'text or a list' },
  import: { import_playbook: 'text', name: 'text', vars: 'a mapping', tags: 'text or a list' },
  loop_control: {
    loop_var: 'text',
    index_var: 'text',
    label: 'text',
    pause: 'a number',
    extended: 'true or false',
  },
}

const ownPlay = 'write a play of its own for those hosts'
const inPlace = 'write the tasks into the play; a whole playbook comes in with import_playbook'

/** Keywords of Ansible that have no meaning here, with what to do instead. */
export const unsupported: Readonly<Record<string, string>> = {
  action: 'write the module as a key: "command: uptime"',
  async: 'a task may take as long as it needs; "timeout" bounds it',
  become_exe: 'set become_method to sudo or su',
  become_flags: 'set become_method to sudo or su',
  collections: 'leave it out: modules are named without a collection',
  connection: 'set the variable ansible_connection in the inventory',
  debugger: 'leave it out; --step asks before each task',
  delegate_facts: ownPlay,
  delegate_to: ownPlay,
  fact_path: 'leave it out',
  gather_subset: 'leave it out: gathering facts takes one round trip',
  gather_timeout: 'leave it out; --timeout bounds connecting',
  import_role: inPlace,
  import_tasks: inPlace,
  include: inPlace,
  include_role: inPlace,
  include_tasks: inPlace,
  include_vars: 'name the file under vars_files of the play',
  local_action: 'write a play of its own with "hosts: localhost"',
  meta: 'handlers run at the end of pre_tasks, tasks and post_tasks; use those sections',
  module_defaults: 'set the arguments in each task, from a variable',
  poll: 'a task may take as long as it needs; "timeout" bounds it',
  port: 'set the variable ansible_port in the inventory',
  roles: inPlace,
  strategy: 'leave it out: hosts go through the tasks together',
  throttle: 'use "serial" on the play, or --forks',
  vars_prompt: 'give the values with -e, or in a file with -e @file',
}

/** Modules of Ansible that go by another name here. */
export const moduleAlternatives: Readonly<Record<string, string>> = {
  apt: 'package',
  blockinfile: 'lineinfile',
  dnf: 'package',
  get_url: 'copy',
  gather_facts: 'gather_facts: true on the play',
  import_playbook: 'import_playbook at the top of the playbook, beside the plays',
  raw: 'shell',
  script: 'shell',
  setup: 'gather_facts: true on the play',
  systemd: 'service',
  systemd_service: 'service',
  yum: 'package',
}
