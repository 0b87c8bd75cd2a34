// Which pages there are, and who may see them.
import type { JSX } from "preact";
import type { Right, Session } from "./api";
import type { Key } from "./i18n";
import { AccountsPage } from "./pages/accounts";
import { AuditPage } from "./pages/audit";
import { EventsPage } from "./pages/events";
import { GuardPage } from "./pages/guard";
import { LivePage } from "./pages/live";
import { NoticePage } from "./pages/notice";
import { PeoplePage } from "./pages/people";
import { PlacesPage } from "./pages/places";
import { PresencePage } from "./pages/presence";
import { ReportsPage } from "./pages/reports";
import { RequestsPage } from "./pages/requests";
import { RightsPage } from "./pages/rights";
import { TracePage } from "./pages/trace";
import type { Place } from "./router";

export interface Where { session: Session; area: string; place: Place; isWall: boolean }
export interface PageInfo { path: string; word: Key; right: Right; show: (where: Where) => JSX.Element }

export const pages: PageInfo[] = [
  { path: "/live", word: "live", right: "view", show: ({ session, area, isWall }) => <LivePage session={session} area={area} isWall={isWall} /> },
  { path: "/guard", word: "guard", right: "people", show: ({ session, area, place }) => <GuardPage session={session} area={area} place={place} /> },
  { path: "/presence", word: "presence", right: "people", show: ({ area }) => <PresencePage area={area} /> },
  { path: "/events", word: "events", right: "view", show: ({ session, area, place }) => <EventsPage key={place.query} session={session} area={area} place={place} /> },
  { path: "/reports", word: "reports", right: "manage", show: ({ session, area }) => <ReportsPage session={session} area={area} /> },
  { path: "/places", word: "places", right: "manage", show: ({ session, place }) => <PlacesPage key={place.query} session={session} place={place} /> },
  { path: "/notice", word: "gateNotice", right: "manage", show: ({ session }) => <NoticePage session={session} /> },
  { path: "/trace", word: "trace", right: "trace", show: ({ session, area }) => <TracePage session={session} area={area} /> },
  { path: "/people", word: "people", right: "manage", show: ({ session }) => <PeoplePage session={session} /> },
  { path: "/rights", word: "rights", right: "manage", show: () => <RightsPage /> },
  { path: "/requests", word: "requests", right: "manage", show: () => <RequestsPage /> },
  { path: "/accounts", word: "accounts", right: "accounts", show: ({ session }) => <AccountsPage session={session} /> },
  { path: "/audit", word: "audit", right: "audit", show: () => <AuditPage /> },
];
