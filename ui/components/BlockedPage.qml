pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// Why this screen is shown nothing, instead of its page: what is wrong, what to do, and where it was
// moved the one touch that says that it stands there.
FocusScope {
    id: page

    required property ScreenModel base
    // What whoever called must know now.
    property string truth
    // The size of text that a patient chose is not the staff's.
    readonly property real chosen: Theme.role === "bedside" ? Theme.textScale : 1
    readonly property real gap: Math.min(2 * Theme.grid, 0.03 * page.height)
    // A strip of a panel is low for what it says: all of it is there, smaller.
    readonly property real titleSize: Math.min(Theme.sizeTitle / page.chosen, 0.09 * page.height)
    readonly property real textSize: Math.min(Theme.sizeBody / page.chosen, 0.055 * page.height)

    Accessible.description: page.base.blockText
    Accessible.name: page.base.blockTitle
    Accessible.role: Accessible.AlertMessage

    // Nothing of the page shines through, and no touch goes there.
    Rectangle {
        anchors.fill: parent
        color: Theme.paper

        MouseArea {
            anchors.fill: parent
        }
    }
    Column {
        id: column

        anchors.centerIn: parent
        spacing: page.gap
        width: Math.min(page.width - 2 * Theme.margin, Theme.length(1000))

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            color: Theme.muted
            name: page.base.blockIcon
            size: Math.min(Theme.sizeDisplay / page.chosen * 1.4, 0.16 * page.height)
            // On a low panel what became of the call needs the room.
            visible: page.truth === "" || page.height > 1.3 * page.width
        }
        Label {
            font.pixelSize: page.titleSize
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignHCenter
            objectName: "blockTitle"
            text: page.base.blockTitle
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: page.textSize
            horizontalAlignment: Text.AlignHCenter
            objectName: "blockText"
            text: page.base.blockText
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            font.pixelSize: page.textSize
            font.weight: Theme.semibold
            horizontalAlignment: Text.AlignHCenter
            objectName: "blockTruth"
            text: page.truth
            visible: page.truth !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
        Item {
            height: page.gap
            visible: confirm.visible
            width: 1
        }
        HoldButton {
            id: confirm

            anchors.horizontalCenter: parent.horizontalCenter
            iconName: "check"
            minimum: Theme.touchStaff
            objectName: "blockConfirm"
            size: page.textSize
            text: page.base.blockConfirm
            visible: page.base.blockConfirm !== ""
            width: Math.min(parent.width, implicitWidth + 4 * page.gap)

            onActivated: page.base.confirmPlace()
        }
    }
}
