import { type RefObject, useCallback, useLayoutEffect, useState } from 'react'

/** Where an element is scrolled to and how high it is; `follow` is to be called when it scrolls. */
export function useScroll(element: RefObject<HTMLElement | null>) {
  const [state, setState] = useState({ scrollTop: 0, height: 0 })
  const follow = useCallback(() => {
    if (!element.current) return
    const { scrollTop, clientHeight: height } = element.current
    setState((before) =>
      before.scrollTop === scrollTop && before.height === height ? before : { scrollTop, height },
    )
  }, [element])
  useLayoutEffect(() => {
    if (!element.current) return
    follow()
    const observer = new ResizeObserver(follow)
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element, follow])
  return { ...state, follow }
}
