/** The names of a study's files, in a folder, a zip or a browser's storage alike. */

/** A copy of the study as it was last run. */
export const STUDY_FILE = 'study.json'

/** What the world's teacher and its trajectories were made from; written before them. */
export const worldFile = (environment: string) => `worlds/${environment}/world.json`
/** All episodes that were played for the students to learn from, a line each, failures included. */
export const trajectoriesFile = (environment: string) => `worlds/${environment}/trajectories.jsonl`
/** The teacher's own test episodes at whose histories the students are compared with it, a line each. */
export const recordedFile = (environment: string) => `worlds/${environment}/teacher.jsonl`
/** Its `TeacherResult`. */
export const teacherFile = (environment: string) => `worlds/${environment}/teacher.json`

/** A `CellResult`; it is written last, so that a cell that has one is done. */
export const resultFile = (id: string) => `cells/${id}/result.json`
export const metricsFile = (id: string) => `cells/${id}/metrics.jsonl`

/** What is claimed while it is worked on. */
export const worldClaim = (environment: string) => `worlds/${environment}`
export const cellClaim = (id: string) => `cells/${id}`
