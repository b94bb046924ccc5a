/** The status bar item: shows the last `counterpoint/status`, opens the menu. */

import * as vscode from "vscode";
import { type Status, statusView } from "./status";

const BACKGROUNDS = {
  normal: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};

export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private current: Status = { state: "stopped" };

  constructor() {
    this.item = vscode.window.createStatusBarItem("counterpoint", vscode.StatusBarAlignment.Right, 90);
    this.item.name = "Counterpoint";
    this.item.command = "counterpoint.menu";
    this.show(this.current);
    this.item.show();
  }

  /** The state shown, as the server named it; "starting" and "stopped" are our own. */
  get state(): string {
    return this.current.state;
  }

  show(status: Status): void {
    this.current = status;
    const view = statusView(status);
    this.item.text = view.text;
    this.item.backgroundColor = BACKGROUNDS[view.severity];
    // No Markdown: a reason may hold what a vendor's server said, and escaped blanks break no lines.
    this.item.tooltip = view.tooltip.join("\n");
  }

  dispose(): void {
    this.item.dispose();
  }
}
