pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The three true receipts: with all their words where these fit.
Rectangle {
    id: strip

    required property CallModel call
    readonly property real pad: Math.round(2.5 * Theme.grid)
    readonly property real lineGap: Math.round(2.75 * Theme.grid)
    readonly property real wanted: {
        let all = 2 * strip.pad;
        for (let i = 0; i < probe.count; i++) {
            const each = probe.itemAt(i) as Label;
            if (each)
                all += each.implicitWidth + Theme.sizeHeading * 1.2 + strip.lineGap;
        }
        return all + 2 * (2 * strip.lineGap + 4 * Theme.grid);
    }
    readonly property bool oneLine: strip.wanted <= strip.width

    color: Theme.brandSoft
    implicitHeight: strip.oneLine ? line.implicitHeight + Math.round(4.5 * Theme.grid) : brief.implicitHeight + 3 * Theme.grid
    radius: Theme.radius

    // Measures the words, drawn nowhere.
    Repeater {
        id: probe

        model: strip.call.receipts

        Label {
            required text

            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.semibold
            visible: false
        }
    }
    Row {
        id: line

        anchors.left: parent.left
        anchors.leftMargin: strip.pad
        anchors.verticalCenter: parent.verticalCenter
        visible: strip.oneLine

        Repeater {
            model: strip.call.receipts

            Row {
                id: step

                required property int index
                required property string key
                required property string status
                required property string text
                required property string icon

                anchors.verticalCenter: parent ? parent.verticalCenter : undefined

                Item {
                    anchors.verticalCenter: parent.verticalCenter
                    height: Theme.edge
                    visible: step.index > 0
                    width: 4 * Theme.grid + 2 * strip.lineGap + Math.max(0, (strip.width - strip.wanted) / 2)

                    Rectangle {
                        anchors.left: parent.left
                        anchors.leftMargin: strip.lineGap
                        anchors.right: parent.right
                        anchors.rightMargin: strip.lineGap
                        anchors.verticalCenter: parent.verticalCenter
                        color: step.status === "done" ? Theme.brand : Theme.dashed
                        height: Theme.edge
                        radius: height / 2
                    }
                }
                ReceiptText {
                    anchors.verticalCenter: parent.verticalCenter
                    icon: step.icon
                    objectName: "receipt-" + step.key
                    spacing: strip.lineGap
                    status: step.status
                    text: step.text
                }
            }
        }
    }
    // No room for all words: all marks, and the words of the one that counts now.
    Row {
        id: brief

        anchors.left: parent.left
        anchors.leftMargin: strip.pad
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid
        visible: !strip.oneLine

        Repeater {
            id: marks

            model: strip.oneLine ? null : strip.call.receipts

            ReceiptText {
                id: short

                required property int index
                required property string key
                readonly property bool tells: short.index === strip.call.current

                anchors.verticalCenter: parent ? parent.verticalCenter : undefined
                objectName: "receipt-" + short.key
                spacing: short.tells ? Theme.grid : 0
                textWidth: short.tells ? Math.max(0, strip.width - 2 * strip.pad - 3 * short.markSize - 3 * Theme.grid) : 0
            }
        }
    }
}
