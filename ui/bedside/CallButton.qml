pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// The one control that is always there: a touch places the call at once, awake or at rest.
Rectangle {
    id: button

    property string text
    // What has become of an open call; shown where the page does not tell it.
    property string brief
    property bool resting: false
    // What is said when it is focused; a touch does not wait to be told.
    readonly property string speech: button.brief === "" ? button.text : button.text + ". " + button.brief
    // At rest a glow; awake at night large and plain, without lighting up the room.
    readonly property color face: button.resting ? Qt.darker(Theme.brandSoft, 2.4) : Theme.night ? Qt.darker(Theme.brand, Theme.highContrast ? 2.6 : 1.9) : Theme.brand
    readonly property color mark: button.resting ? Qt.darker(Theme.brand, 1.7) : Theme.night ? Theme.ink : Theme.inkOnBrand

    signal placed

    Accessible.name: button.text
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    border.color: button.activeFocus ? Theme.ink : button.mark
    border.width: button.activeFocus ? Theme.edge : button.resting ? Theme.edge : 0
    color: first.active || second.active || third.active ? Qt.darker(button.face, 1.25) : button.face
    radius: Math.round(1.25 * Theme.radius)

    Accessible.onPressAction: button.placed()
    Keys.onEnterPressed: button.placed()
    Keys.onReturnPressed: button.placed()
    Keys.onSpacePressed: button.placed()

    Grid {
        id: content

        readonly property bool flat: button.height < 3.2 * words.implicitHeight
        readonly property real room: button.width - 4 * Theme.grid - (content.flat ? bell.width + content.spacing : 0)

        anchors.centerIn: parent
        columns: content.flat ? 2 : 1
        horizontalItemAlignment: Grid.AlignHCenter
        spacing: Theme.grid
        verticalItemAlignment: Grid.AlignVCenter

        Icon {
            id: bell

            color: button.mark
            name: "bell-ring"
            size: Math.min(Theme.length(104), Math.round(button.height * 0.36))
        }
        Column {
            id: words

            spacing: Math.round(Theme.grid / 2)

            // One line where a line can be: smaller letters are better than a broken verb.
            Label {
                anchors.horizontalCenter: parent.horizontalCenter
                color: button.mark
                font.pixelSize: Math.round(Theme.sizeDisplay * (Theme.textScale > 1.2 ? 0.8 : 1))
                font.weight: Theme.bold
                fontSizeMode: Text.HorizontalFit
                horizontalAlignment: Text.AlignHCenter
                minimumPixelSize: Math.round(0.5 * Theme.sizeDisplay)
                objectName: "callButtonText"
                text: button.text
                width: Math.min(implicitWidth, content.room)
            }
            Label {
                anchors.horizontalCenter: parent.horizontalCenter
                color: button.mark
                font.pixelSize: Theme.sizeSmall
                font.weight: Theme.semibold
                horizontalAlignment: Text.AlignHCenter
                objectName: "callButtonBrief"
                tabular: true
                text: button.brief
                visible: text !== ""
                width: Math.min(implicitWidth, content.room)
                wrapMode: Text.Wrap
            }
        }
    }
    // The press itself counts, however long: a shaking finger that slides off has called all the
    // same. Each takes a finger that no other has: a hand or a cloth that lies here hinders no call.
    component Finger: PointHandler {
        onActiveChanged: {
            if (active)
                button.placed();
        }
    }

    Finger {
        id: first
    }
    Finger {
        id: second
    }
    Finger {
        id: third
    }
}
