import { type RefObject, useCallback, useLayoutEffect, useRef } from 'react'

/** Pixels from the end that still count as being there. */
const NEAR = 24

/**
 * Keeps the end of what scrolls in sight while it grows, unless a person has scrolled up.
 *
 * @param shown what grows, as the dependencies of an effect
 * @returns `follow` is to be called when it scrolls; `toEnd` goes there
 */
export function useFollowedEnd(scroller: RefObject<HTMLElement | null>, shown: readonly unknown[]) {
  const follows = useRef(true)
  const toEnd = useCallback(() => {
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight
  }, [scroller])
  const follow = useCallback(() => {
    if (!scroller.current) return
    const { scrollHeight, scrollTop, clientHeight } = scroller.current
    follows.current = scrollHeight - scrollTop - clientHeight <= NEAR
  }, [scroller])
  useLayoutEffect(() => {
    if (follows.current) toEnd()
  }, [toEnd, ...shown])
  return { follow, toEnd }
}
