import { Alert, Button } from "@mantine/core";
import { useText } from "../text/useText";

/** What went wrong, in the service's own words where it said any, and a way to try again. */
export function Failure({ message, onAgain }: { message: string; onAgain?: () => void }) {
  const text = useText();
  return (
    <Alert color="red" role="alert" title={text.failure.title}>
      <p>{message}</p>
      {onAgain && (
        <Button size="xs" variant="default" onClick={onAgain}>
          {text.failure.again}
        </Button>
      )}
    </Alert>
  );
}
