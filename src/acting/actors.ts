import type { ActorId, TeacherSummary, TurnView } from '../../workers/protocol.ts'

/** An actor as the value of an option; `actorOf` gives it back. */
export function actorKey(actor: ActorId): string {
  return actor.kind === 'teacher' ? `teacher ${actor.name}` : actor.kind
}

export function actorOf(key: string): ActorId {
  if (key === 'student' || key === 'expert') return { kind: key }
  return { kind: 'teacher', name: key.slice('teacher '.length) }
}

/** Who somebody is, in the middle of a sentence. */
export function actorName(actor: TurnView['by']): string {
  if (actor === 'you') return 'you'
  return actor.kind === 'teacher' ? `teacher ${actor.name}` : `the ${actor.kind}`
}

/** An option of a select in which an actor is chosen. */
export interface ActorOption {
  value: string
  label: string
  disabled?: boolean
}

/** Everybody who can be asked for a turn; @param hasStudent whether there is a student yet */
export function actorOptions(teachers: readonly TeacherSummary[], hasStudent: boolean): ActorOption[] {
  return [
    { value: 'expert', label: 'Expert (scripted)' },
    { value: 'student', label: hasStudent ? 'Student' : 'Student (none yet)', disabled: !hasStudent },
    ...teachers.map(({ name }) => ({
      value: actorKey({ kind: 'teacher', name }),
      label: `Teacher ${name}`,
    })),
  ]
}
