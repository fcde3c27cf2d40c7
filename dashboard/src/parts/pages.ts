import type { Outcome } from "../app/useApi";
import { Store } from "../live/store";

export interface Page<Node> {
  /** How many there are on all pages, where that was asked for. */
  totalCount?: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: Node[];
}

export interface PagesState<Node> {
  /** What was read so far; null until the first page is there. */
  held: Page<Node> | null;
  failure: string | null;
  loading: boolean;
}

/**
 * A list that grows at its head, read page by page. When its first page is read anew, what is new in it comes before what is
 * held, so that a reader who paged on keeps his place.
 */
export class Pages<Node extends { id: string }> {
  readonly state = new Store<PagesState<Node>>({ held: null, failure: null, loading: false });
  #ask: (after: string | null) => Promise<Outcome<Page<Node> | null>>;
  #asked = 0;
  /** Of the first pages that came, the one that was asked for last: an older one that comes after it says nothing new. */
  #newest = 0;
  #underWay = 0;

  constructor(ask: (after: string | null) => Promise<Outcome<Page<Node> | null>>) {
    this.#ask = ask;
  }

  readonly first = async (): Promise<void> => {
    this.#asked += 1;
    const number = this.#asked;
    const answer = await this.#told(null);
    if (number < this.#newest) return;
    this.#newest = number;
    this.#take(answer, (page, known) => before(page, known));
  };

  readonly more = async (): Promise<void> => {
    const after = this.#end();
    if (after === null) return;
    const answer = await this.#told(after);
    // Where the list begins anew meanwhile, what follows its former end would leave a gap.
    if (this.#end() === after) this.#take(answer, (page, known) => behind(known, page));
  };

  async #told(after: string | null): Promise<Outcome<Page<Node> | null>> {
    this.#loads(1);
    const answer = await this.#ask(after);
    this.#loads(-1);
    return answer;
  }

  #loads(more: number): void {
    this.#underWay += more;
    this.state.set({ ...this.state.get(), loading: this.#underWay > 0 });
  }

  #end(): string | null {
    const { held } = this.state.get();
    return held?.pageInfo.hasNextPage ? held.pageInfo.endCursor : null;
  }

  #take({ data, failure }: Outcome<Page<Node> | null>, join: (page: Page<Node>, known: Page<Node> | null) => Page<Node>): void {
    const known = this.state.get();
    this.state.set({ ...known, failure, held: data ? join(data, known.held) : known.held });
  }
}

/** New things before those that are held; where the two do not touch there is a gap, and the page stands alone. */
function before<Node extends { id: string }>(page: Page<Node>, known: Page<Node> | null): Page<Node> {
  const ids = new Set(page.nodes.map(({ id }) => id));
  const rest = known?.nodes.filter(({ id }) => !ids.has(id)) ?? [];
  if (!known || rest.length === known.nodes.length) return page;
  return { ...page, pageInfo: known.pageInfo, nodes: [...page.nodes, ...rest] };
}

function behind<Node extends { id: string }>(known: Page<Node> | null, page: Page<Node>): Page<Node> {
  const ids = new Set(known?.nodes.map(({ id }) => id));
  return { ...page, nodes: [...(known?.nodes ?? []), ...page.nodes.filter(({ id }) => !ids.has(id))] };
}
