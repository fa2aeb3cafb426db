pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Who is here, and what they do about this bed's call. Staff targets: at least 12 mm.
Card {
    id: view

    required property StaffPanel panel
    // The ward's staff: key, name, roleText.
    required property var names
    required property var labels
    // The size of text that a patient chose is not the staff's: above the names it would hide them.
    readonly property real chosen: Theme.role === "bedside" ? Theme.textScale : 1
    readonly property real pad: 3 * Theme.grid
    // The height at which nothing needs to scroll.
    readonly property real needed: head.implicitHeight + area.contentHeight + 2 * view.pad + 2 * Theme.grid
    readonly property int perRow: Math.max(1, Math.floor((area.width + Theme.grid) / (Math.max(3.2 * Theme.touchStaff, 9 * Theme.sizeSmall) + Theme.grid)))
    readonly property real cell: Math.floor((area.width - (view.perRow - 1) * Theme.grid) / view.perRow)

    Column {
        id: head

        anchors.left: parent.left
        anchors.margins: view.pad
        anchors.right: parent.right
        anchors.top: parent.top
        spacing: Math.round(Theme.grid / 2)

        Label {
            font.pixelSize: Math.round(Theme.sizeBody / view.chosen)
            font.weight: Theme.semibold
            objectName: "panelCall"
            tabular: true
            text: view.panel.callText
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            font.pixelSize: Math.round(Theme.sizeHeading / view.chosen)
            font.weight: Theme.bold
            objectName: "panelTitle"
            text: view.panel.title
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Math.round(Theme.sizeSmall / view.chosen)
            objectName: "panelDetail"
            text: view.panel.detail
            visible: text !== "" && (view.panel.asking || !view.panel.canChange)
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    ScrollArea {
        id: area

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.margins: view.pad
        anchors.right: parent.right
        anchors.top: head.bottom
        anchors.topMargin: 2 * Theme.grid
        contentHeight: view.panel.asking ? list.implicitHeight : deeds.implicitHeight

        Flow {
            id: list

            spacing: Theme.grid
            visible: view.panel.asking
            width: area.width

            Repeater {
                model: view.panel.asking ? view.names : null

                TouchButton {
                    required property string key
                    required property string name
                    required property string roleText

                    height: implicitHeight
                    kind: "plain"
                    minimum: Theme.touchStaff
                    objectName: "name-" + key
                    size: Theme.sizeSmall
                    stacked: true
                    text: name + " · " + roleText
                    width: view.cell

                    onActivated: view.panel.choose(key)
                }
            }
            TouchButton {
                kind: "quiet"
                minimum: Theme.touchStaff
                objectName: "nameNobody"
                size: Theme.sizeSmall
                stacked: true
                text: view.labels.panelNobody
                width: view.cell

                onActivated: view.panel.chooseNobody()
            }
        }
        Flow {
            id: deeds

            spacing: 2 * Theme.grid
            visible: !view.panel.asking
            width: area.width

            HoldButton {
                holdMs: view.panel.holdMs
                iconName: "account-check"
                minimum: Math.round(1.3 * Theme.touchStaff)
                objectName: "enterRoom"
                text: view.panel.enterText
                visible: view.panel.canEnter
                width: Math.min(implicitWidth, area.width)

                onActivated: view.panel.enter()
            }
            TouchButton {
                iconName: "account-check"
                kind: "plain"
                minimum: Math.round(1.3 * Theme.touchStaff)
                objectName: "arrive"
                text: view.labels.panelArrive
                visible: view.panel.canArrive

                onActivated: view.panel.arrive()
            }
            TouchButton {
                iconName: "check"
                kind: "plain"
                minimum: Math.round(1.3 * Theme.touchStaff)
                objectName: "closeCall"
                text: view.labels.panelClose
                visible: view.panel.canClose

                onActivated: view.panel.close()
            }
            TouchButton {
                iconName: "exit-run"
                kind: "plain"
                minimum: Math.round(1.3 * Theme.touchStaff)
                objectName: "leaveRoom"
                text: view.panel.leaveText
                visible: view.panel.canLeave

                onActivated: view.panel.leave()
            }
            TouchButton {
                kind: "quiet"
                minimum: Math.round(1.3 * Theme.touchStaff)
                objectName: "somebodyElse"
                text: view.panel.changeText
                visible: view.panel.canChange

                onActivated: view.panel.change()
            }
            Label {
                font.weight: Theme.semibold
                objectName: "panelEnds"
                text: view.panel.endsText
                visible: text !== ""
                width: area.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                objectName: "panelPresent"
                tabular: true
                text: view.panel.presentText
                visible: text !== ""
                width: area.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                objectName: "panelDone"
                text: view.panel.doneText
                visible: text !== ""
                width: area.width
                wrapMode: Text.Wrap
            }
        }
    }
}
