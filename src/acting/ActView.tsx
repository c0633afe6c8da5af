/** The tab "Act": watch a student, a teacher or the expert act in a world, act yourself, and measure them. */
export function ActView() {
  return <main aria-label="Act" />
}
