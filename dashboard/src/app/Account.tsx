import { Button, Popover, Stack, useMantineColorScheme } from "@mantine/core";
import { useStore } from "../live/store";
import { Choice } from "../parts/Choice";
import { called } from "../text/called";
import { choose, type Language, language, languages } from "../text/language";
import { useText } from "../text/useText";
import { isSignedIn, session, type Viewer } from "./session";

/** Who is signed in, how the page looks and speaks, and the way out. */
export function Account({ viewer }: { viewer: Viewer }) {
  const text = useText();
  const roles = viewer.roles.map((role) => called(text.roles, role)).join(", ");
  return (
    <Popover position="bottom-end" withinPortal={false} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="xs">
          {viewer.tenant.name} · {roles}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <span>{viewer.subject}</span>
          <span>{text.settings.zone(zone())}</span>
          <Colours />
          <Languages />
          <a href="graphql">{text.settings.explore}</a>
          <Button variant="default" size="xs" onClick={signOut}>
            {text.settings.signOut}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** In which moments are told; reports have their tenant's and say so. */
function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function Colours() {
  const { settings } = useText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const offered = { light: settings.light, dark: settings.dark, auto: settings.system };
  return <Choice label={settings.theme} offered={offered} chosen={colorScheme} onChoice={setColorScheme} />;
}

function Languages() {
  const { settings } = useText();
  const chosen: Language = useStore(language);
  return <Choice label={settings.language} offered={languages} chosen={chosen} onChoice={choose} />;
}

function signOut(): void {
  const known = session.get();
  if (isSignedIn(known)) known.signIn.forget();
  session.set({ why: null });
}
