/** One running server and the client that speaks to it: start, stop, restart, ask. */

import * as os from "node:os";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  MessageType,
  NotificationType,
  RequestType,
  RevealOutputChannelOn,
  type ServerOptions,
  ShowMessageNotification,
  type StaticFeature,
} from "vscode-languageclient/node";
import { type Discovery, findServer } from "./discovery";
import { Entries } from "./entries";
import { handOver, type KeysResult, type Send } from "./keys";
import { thisMachine } from "./machine";
import { askedFor, middleware } from "./middleware";
import { failure, type InputParams, type InputResult, type Request } from "./requests";
import { say } from "./saying";
import { type Names, plainSettings, protectedSettings } from "./settings";
import type { Status } from "./status";
import type { StatusBar } from "./statusBar";
import { masked } from "./trace";
import { versionProblem } from "./version";

const statusType = new NotificationType<Status>("counterpoint/status");
const inputType = new RequestType<InputParams, InputResult, void>("counterpoint/input");
const keysType = new RequestType<Parameters<Send>[0], KeysResult, void>("counterpoint/keys");
const INSTALL_HELP = "https://pipx.pypa.io/stable/installation/";

/**
 * Tells the server that a question of its own shows here as a notification, which is in nobody's way, that
 * it may ask for a line of text, and that what is sent as the user's settings is in no file of a folder.
 */
const own: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = {
      ...(capabilities.experimental ?? {}),
      counterpoint: { offers: true, input: true, user: true },
    };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

/** Raised to a command's caller when there is no server to ask. */
const NOT_RUNNING = "Counterpoint is not running. Use the command Counterpoint: Restart Server.";

export class Session implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly entries = new Entries({
    register: (name, run) => vscode.commands.registerCommand(name, run),
    execute: (name, ...args) => vscode.commands.executeCommand(name, ...args),
  });
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly secrets: vscode.SecretStorage,
    private readonly log: vscode.LogOutputChannel,
    private readonly bar: StatusBar,
    private readonly names: Names,
  ) {}

  /** Start, or stop and start again. Calls that overlap take turns. */
  restart(): Promise<void> {
    this.turn = this.turn.then(async () => {
      await this.halt();
      await this.launch();
    });
    return this.turn;
  }

  /** Stop the server and wait until it is gone. */
  stop(): Promise<void> {
    this.turn = this.turn.then(() => this.halt());
    return this.turn;
  }

  dispose(): void {
    this.entries.dispose();
    void this.stop();
  }

  /** Ask the server to carry out a command; a failure is shown with its fix, and undefined returned. */
  async run(request: Request): Promise<unknown> {
    return await this.execute(request.command, [request.argument]);
  }

  /** The same for arguments that came from elsewhere, such as a code action. */
  async execute(command: string, args: unknown[]): Promise<unknown> {
    if (this.client === undefined) {
      say({ type: MessageType.Warning, message: NOT_RUNNING });
      return undefined;
    }
    try {
      return await this.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args });
    } catch (error) {
      const text = failure(error);
      if (text !== undefined) {
        say({ type: MessageType.Error, message: text });
      }
      return undefined;
    }
  }

  /** Hand the keys of the secret store to the server. */
  async sendKeys(): Promise<KeysResult | undefined> {
    const client = this.client;
    try {
      return await handOver(this.secrets, async (params) => await client?.sendRequest(keysType, params));
    } catch (error) {
      this.log.error(`The keys could not be handed over: ${failure(error) ?? "cancelled"}`);
      return undefined;
    }
  }

  private async halt(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.bar.show({ state: "stopped" });
    if (client === undefined) {
      return;
    }
    try {
      await client.dispose(2000);
    } catch (error) {
      this.log.warn(`The server did not stop in order: ${failure(error) ?? "cancelled"}`);
    }
  }

  private async launch(): Promise<void> {
    const found = this.find();
    if (found.kind === "missing") {
      this.log.error(found.message);
      this.bar.show({ state: "stopped", reason: found.message });
      void this.explainMissing(found.message);
      return;
    }
    this.log.info(`Starting ${found.command} ${found.args.join(" ")} (from ${found.from})`);
    this.bar.show({ state: "starting" });
    const client = this.connect(found);
    try {
      await client.start();
    } catch (error) {
      await client.dispose(2000).catch(() => undefined);
      this.failed(`The server could not be started: ${failure(error) ?? "cancelled"}`);
      return;
    }
    this.client = client;
    const problem = versionProblem(client.initializeResult?.serverInfo);
    if (problem !== undefined) {
      this.log.warn(problem);
      say({ type: MessageType.Warning, message: problem });
    }
    if (this.bar.state === "starting") {
      this.bar.show({ state: "ready" });
    }
    await this.sendKeys();
  }

  private find(): Discovery {
    const setting = vscode.workspace.getConfiguration("counterpoint.server").inspect<string[]>("command");
    return findServer(setting?.globalValue ?? [], thisMachine(), {
      folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
      trusted: vscode.workspace.isTrusted,
    });
  }

  private connect(found: Extract<Discovery, { kind: "found" }>): LanguageClient {
    // The home folder and not the workspace: a Python in there would import what the repository brings.
    const server: ServerOptions = {
      command: found.command,
      args: [...found.args],
      options: { cwd: os.homedir() },
    };
    const client = new LanguageClient("counterpoint", "Counterpoint", server, this.options());
    client.registerFeature(own);
    client.onRequest(inputType, askedFor);
    client.onNotification(statusType, (status) => this.bar.show(status));
    client.onNotification(ShowMessageNotification.type, say);
    return client;
  }

  private options(): LanguageClientOptions {
    const inspect = (scope?: vscode.Uri) => (name: string) =>
      vscode.workspace.getConfiguration(undefined, scope).inspect(name);
    return {
      documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
      outputChannel: this.log,
      traceOutputChannel: masked(this.log),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ user: protectedSettings(this.names, inspect()) }),
      middleware: middleware(
        {
          plain: (scope) => plainSettings(this.names, inspect(scope)),
          execute: (command, args) => this.execute(command, args),
        },
        this.entries,
      ),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          // While it starts, the failed start says it; here it is about a server that was in use.
          if (this.client !== undefined) {
            this.client = undefined;
            this.failed("The server ended unexpectedly.");
          }
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
    };
  }

  private failed(message: string): void {
    this.log.error(message);
    this.bar.show({ state: "error", reason: message });
    void this.offerRestart(message);
  }

  private async offerRestart(message: string): Promise<void> {
    const choice = await vscode.window.showErrorMessage(`Counterpoint: ${message}`, "Restart", "Show Log");
    if (choice === "Restart") {
      await this.restart();
    } else if (choice === "Show Log") {
      this.log.show();
    }
  }

  private async explainMissing(message: string): Promise<void> {
    const choice = await vscode.window.showErrorMessage(message, "Open Settings", "How to Install");
    if (choice === "Open Settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "counterpoint.server.command");
    } else if (choice === "How to Install") {
      await vscode.env.openExternal(vscode.Uri.parse(INSTALL_HELP));
    }
  }
}
