// Which page is shown: the address says it, and links within the page do not load it again.
import { useEffect, useState } from "preact/hooks";

export interface Place { path: string; query: string }

const here = (): Place => ({ path: window.location.pathname, query: window.location.search });
const changed = "stile:place";

export function go(to: string): void {
  window.history.pushState(null, "", to);
  window.dispatchEvent(new Event(changed));
  window.scrollTo(0, 0);
}

/** Without a step in the history: for filters, which the address keeps. */
export function rewrite(query: Record<string, string>): void {
  const wanted = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(wanted).toString();
  window.history.replaceState(null, "", `${window.location.pathname}${text ? `?${text}` : ""}`);
}

/** A link that is this page's own, pressed without asking for a new tab. */
function ownLink(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const link = (event.target as Element | null)?.closest?.("a[href]");
  const href = link?.getAttribute("href") ?? "";
  return link && !link.hasAttribute("download") && href.startsWith("/") && !href.startsWith("/api/") ? href : null;
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const look = (): void => setPlace(here());
    const pressed = (event: MouseEvent): void => {
      const href = ownLink(event);
      if (href === null) return;
      event.preventDefault();
      go(href);
      // Where a page begins, for who cannot see that it is another.
      window.requestAnimationFrame(() => document.getElementById("content")?.focus({ preventScroll: true }));
    };
    window.addEventListener("popstate", look);
    window.addEventListener(changed, look);
    document.addEventListener("click", pressed);
    return () => {
      window.removeEventListener("popstate", look);
      window.removeEventListener(changed, look);
      document.removeEventListener("click", pressed);
    };
  }, []);
  return place;
}

export const queryOf = (place: Place, key: string): string => new URLSearchParams(place.query).get(key) ?? "";
