import { Alert, Button, Stack, TextInput, Title } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { Waiting } from "../parts/Waiting";
import { called } from "../text/called";
import { useText } from "../text/useText";
import { viewerOf } from "./api";
import { session } from "./session";
import {
  asRole,
  type Demo,
  Denied,
  fetchOffer,
  isAnswer,
  isToken,
  keptRole,
  type Offer,
  type OpenId,
  type SignIn,
  Unkept,
  withToken,
} from "./signIn";

type Trouble = "malformed" | "refused" | "denied" | "unkept" | "unreachable";

/** Who are you? The address stays as it is, so that whoever signs in goes on where he was. */
export function SignInPage({ expired }: { expired: boolean }) {
  const text = useText();
  const [offer, setOffer] = useState<Offer>({ demo: null, openId: null });
  const [busy, setBusy] = useState(true);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  const enter = async (signIn: SignIn | null) => {
    if (!signIn) return setBusy(false);
    setBusy(true);
    setTrouble(await entered(signIn));
    setBusy(false);
  };
  useEffect(() => {
    fetchOffer()
      .then(async (offered) => {
        setOffer(offered);
        // Not after the service ended it: then somebody is asked.
        await enter(expired ? null : await begun(offered));
      })
      .catch((fault: unknown) => {
        setTrouble(fault instanceof Denied ? "denied" : "unreachable");
        setBusy(false);
      });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- it is asked once, as the page opens
  }, []);

  const { demo, openId } = offer;
  const leaveTo = async (issuer: OpenId) => {
    setBusy(true);
    await (await import("./openid")).leave(issuer).catch((fault: unknown) => {
      setTrouble(fault instanceof Unkept ? "unkept" : "unreachable");
      setBusy(false);
    });
  };
  if (busy) return <Waiting />;
  return (
    <main className="sign-in">
      <Stack>
        <Title order={1}>{text.product}</Title>
        <Title order={2} size="h4">
          {text.signIn.title}
        </Title>
        {expired && !trouble && <Alert role="status">{text.signIn.expired}</Alert>}
        {trouble && <Alert color="red">{text.signIn[trouble]}</Alert>}
        {demo && <Roles demo={demo} onChoice={(role) => enter(asRole(demo, role))} />}
        {openId && <Button onClick={() => void leaveTo(openId)}>{text.signIn.withOpenId}</Button>}
        {(demo || openId) && <p>{text.signIn.or}</p>}
        <PastedToken
          onToken={(token) => (isToken(token) ? enter(withToken(token)) : setTrouble("malformed"))}
          secondary={Boolean(demo ?? openId)}
        />
      </Stack>
    </main>
  );
}

/** Who comes back from the issuer, or the demo's role of this tab; null: somebody is asked. */
async function begun({ demo, openId }: Offer): Promise<SignIn | null> {
  if (openId && isAnswer(location.search)) return (await import("./openid")).comeBack(openId);
  const role = keptRole();
  return demo && role !== null ? asRole(demo, role) : null;
}

/** Signs in, or tells why not. */
async function entered(signIn: SignIn): Promise<Trouble | null> {
  try {
    const viewer = await viewerOf(signIn);
    if (!viewer) return "refused";
    session.set({ viewer, signIn });
    return null;
  } catch {
    return "unreachable";
  }
}

function Roles({ demo, onChoice }: { demo: Demo; onChoice: (role: string) => void }) {
  const text = useText();
  return (
    <Stack gap="xs">
      <p>{text.signIn.demo(demo.tenant)}</p>
      {Object.keys(demo.tokens).map((role) => (
        <Button key={role} variant="default" onClick={() => onChoice(role)}>
          {text.signIn.as(called(text.roles, role))}
        </Button>
      ))}
    </Stack>
  );
}

function PastedToken({ onToken, secondary }: { onToken: (token: string) => void; secondary: boolean }) {
  const text = useText();
  const [token, setToken] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onToken(token.trim().replace(/^Bearer\s+/i, ""));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          label={text.signIn.token}
          description={text.signIn.tokenHint}
          type="password"
          autoComplete="off"
          required
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <Button type="submit" variant={secondary ? "default" : "filled"}>
          {text.signIn.withToken}
        </Button>
      </Stack>
    </form>
  );
}
