import { MantineProvider } from "@mantine/core";
import { useEffect, useMemo } from "react";
import { Provider } from "urql";
import { Connection } from "../live/connection";
import { LiveProvider } from "../live/LiveContext";
import { useStore } from "../live/store";
import { language } from "../text/language";
import { createApi, graphqlUrl, renewed } from "./api";
import { isSignedIn, type Session, session } from "./session";
import { Shell } from "./Shell";
import { SignInPage } from "./SignInPage";
import { theme } from "./theme";

export function App() {
  const known = useStore(session);
  const spoken = useStore(language);
  useEffect(() => {
    document.documentElement.lang = spoken;
  }, [spoken]);
  return (
    // Its variables and classes come as files of ours: a style element would need `unsafe-inline`.
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      {isSignedIn(known) ? <SignedIn {...known} /> : <SignInPage expired={known.why === "expired"} />}
    </MantineProvider>
  );
}

/** All that belongs to one viewer: who signs in anew as somebody else begins with nothing of it. */
function SignedIn({ viewer }: Session) {
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another viewer begins anew
  const api = useMemo(() => createApi(), [viewer]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- another viewer begins anew
  const connection = useMemo(() => new Connection(graphqlUrl.replace(/^http/, "ws"), credentials), [viewer]);
  useEffect(() => {
    connection.open();
    return () => connection.close();
  }, [connection]);
  return (
    <Provider value={api}>
      <LiveProvider value={connection}>
        <Shell viewer={viewer} />
      </LiveProvider>
    </Provider>
  );
}

const credentials = {
  token: async () => {
    const known = session.get();
    return isSignedIn(known) ? known.signIn.token : "";
  },
  refused: () => void renewed(),
};
