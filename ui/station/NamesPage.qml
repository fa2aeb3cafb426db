pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What of a name each place may show: choose, look what it makes of invented names, say why.
Item {
    id: page

    required property PrivacyModel privacy

    objectName: "namesPage"

    Component.onCompleted: page.privacy.setOpen(true)
    Component.onDestruction: page.privacy.setOpen(false)

    Label {
        id: title

        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        text: qsTr("What of a name may be shown")
        width: parent.width
        wrapMode: Text.Wrap
    }
    Label {
        id: last

        anchors.top: title.bottom
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        objectName: "namesLast"
        tabular: true
        text: page.privacy.lastChange
        width: parent.width
        wrapMode: Text.Wrap
    }
    ListView {
        id: list

        anchors.bottom: preview.top
        anchors.bottomMargin: Theme.gap
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: last.bottom
        anchors.topMargin: Theme.grid
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        interactive: contentHeight > height
        model: page.privacy.places
        objectName: "namesList"
        spacing: Theme.length(3)

        delegate: PlaceRule {
            height: Math.max(Theme.touchStaff + Theme.length(6), Theme.length(50))
            looked: name === page.privacy.place
            width: list.width

            onChoiceTouched: rule => page.privacy.choose(key, rule)
            onLookTouched: page.privacy.look(key)
        }
    }
    Card {
        id: preview

        anchors.bottom: parent.bottom
        height: Math.min(Math.round(0.42 * page.height), words.height + people.contentHeight + 3.25 * Theme.grid)
        width: parent.width

        Column {
            id: words

            anchors.left: parent.left
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: verbs.left
            anchors.rightMargin: 2 * Theme.grid
            y: 1.25 * Theme.grid

            Label {
                elide: Text.ElideRight
                font.weight: Theme.bold
                objectName: "namesChange"
                text: page.privacy.change === "" ? qsTr("%1 shows:").arg(page.privacy.place) : page.privacy.change
                width: parent.width
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                text: qsTr("Invented names; nobody lies here.")
            }
        }
        Row {
            id: verbs

            anchors.right: parent.right
            anchors.rightMargin: 1.5 * Theme.grid
            height: Theme.touchStaff
            spacing: Theme.gap
            y: 1.25 * Theme.grid

            TouchButton {
                kind: "primary"
                objectName: "namesApply"
                text: qsTr("Change it")
                visible: page.privacy.change !== ""

                onActivated: page.privacy.apply()
            }
            TouchButton {
                kind: "quiet"
                objectName: "namesUndo"
                text: qsTr("Leave it")
                visible: page.privacy.change !== ""

                onActivated: page.privacy.undo()
            }
        }
        GridView {
            id: people

            readonly property int perRow: Math.max(1, Math.floor(width / Theme.length(270)))

            anchors.bottom: parent.bottom
            anchors.bottomMargin: Theme.grid
            anchors.left: words.left
            anchors.right: parent.right
            anchors.rightMargin: 2 * Theme.grid
            anchors.top: words.bottom
            anchors.topMargin: Theme.grid
            boundsBehavior: Flickable.StopAtBounds
            cellHeight: Theme.length(50)
            cellWidth: Math.floor(width / perRow)
            clip: true
            interactive: contentHeight > height
            model: page.privacy.examples

            delegate: Item {
                id: one

                required property string key
                required property string full
                required property string shown

                height: people.cellHeight
                width: people.cellWidth

                Label {
                    id: shown

                    elide: Text.ElideRight
                    font.pixelSize: Theme.sizeLabel
                    font.weight: Theme.bold
                    height: Math.round(1.25 * Theme.sizeLabel)
                    horizontalAlignment: Text.AlignLeft
                    objectName: "shown-" + one.key
                    text: one.shown
                    width: parent.width - Theme.grid
                }
                Label {
                    anchors.top: shown.bottom
                    color: Theme.muted
                    elide: Text.ElideRight
                    font.pixelSize: Theme.sizeSmall
                    height: Math.round(1.2 * Theme.sizeSmall)
                    horizontalAlignment: Text.AlignLeft
                    text: one.full
                    width: parent.width - Theme.grid
                }
            }
        }
    }
}
