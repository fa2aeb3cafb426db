pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// An exact amount by key pad: whose, how much, and whether an unusual one is right. It covers the
// board, never the queue.
FocusScope {
    id: panel

    required property AmountPad amount
    readonly property real cell: Math.max(Theme.touchStaff, Math.min(Math.round(2.4 * Theme.touchStaff), Math.floor((panel.height - keys.y - 1.5 * Theme.margin - 3 * Theme.grid) / 4)))

    focus: true
    objectName: "amountPanel"

    Component.onCompleted: panel.forceActiveFocus()
    Keys.onPressed: event => {
        if (event.key >= Qt.Key_0 && event.key <= Qt.Key_9)
            panel.amount.press(String.fromCharCode(event.key));
        else if (event.key === Qt.Key_Backspace)
            panel.amount.erase();
        else if (event.key === Qt.Key_Return || event.key === Qt.Key_Enter)
            panel.amount.submit();
        else
            return;
        event.accepted = true;
    }

    Card {
        anchors.fill: parent
    }
    Column {
        id: words

        spacing: Theme.grid / 2
        width: parent.width - 4 * Theme.margin
        x: 2 * Theme.margin
        y: 1.5 * Theme.margin

        Label {
            font.pixelSize: Theme.sizeTitle
            font.weight: Theme.black
            objectName: "amountTitle"
            text: panel.amount.title
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeLabel
            text: panel.amount.hint
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            font.pixelSize: Theme.sizeDisplay
            font.weight: Theme.black
            objectName: "amountText"
            tabular: true
            text: (panel.amount.text === "" ? "– –" : panel.amount.text) + " " + panel.amount.unit
            width: parent.width
        }
        Label {
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            objectName: "amountBounds"
            tabular: true
            text: panel.amount.bounds
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    Grid {
        id: keys

        // Digits have one order in every script.
        LayoutMirroring.enabled: false
        columns: 3
        objectName: "amountKeys"
        spacing: Theme.grid
        x: 2 * Theme.margin
        y: words.y + words.height + Theme.margin

        Repeater {
            model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "save"]

            TouchButton {
                required property string modelData
                readonly property bool digit: modelData.length === 1

                Accessible.name: modelData === "erase" ? panel.amount.labels.erase : text
                activeFocusOnTab: false
                enabled: modelData !== "save" || panel.amount.ready
                height: panel.cell
                iconName: modelData === "erase" ? "backspace-outline" : ""
                kind: modelData === "save" ? "primary" : digit ? "plain" : "quiet"
                objectName: "amount-" + modelData
                size: digit ? Theme.sizeHeading : Theme.sizeLabel
                text: digit ? modelData : modelData === "save" ? panel.amount.labels.save : ""
                width: Math.round(1.3 * panel.cell)

                onActivated: {
                    if (digit)
                        panel.amount.press(modelData);
                    else if (modelData === "erase")
                        panel.amount.erase();
                    else
                        panel.amount.submit();
                }
            }
        }
    }
    TouchButton {
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 1.5 * Theme.margin
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.margin
        kind: "quiet"
        minimum: Theme.length(56)
        objectName: "amountBack"
        text: panel.amount.labels.back

        onActivated: panel.amount.cancel()
    }
}
