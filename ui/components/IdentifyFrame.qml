import QtQuick
import "../theme"

// Which screen this is, for whoever looks for it: a thick frame that comes and goes twice a second,
// in no colour of a call. It makes no sound and does nothing: a touch on it goes nowhere, for nobody
// sees what lies under it. What calls is never under it.
Item {
    id: identify

    property string place
    property string device
    // Only a line of room: a name that is too long ends in dots.
    readonly property bool line: identify.height <= 6 * Theme.sizeSmall

    Rectangle {
        id: frame

        readonly property real edge: Math.max(4, Math.min(3 * Theme.grid, Math.round(0.06 * identify.height)))

        anchors.centerIn: parent
        border.color: Theme.brand
        border.width: pulse.on ? frame.edge : Theme.hairline
        color: Theme.surface
        height: Math.min(identify.height, words.height + 2 * frame.edge + 4 * Theme.grid)
        objectName: "identifyFrame"
        radius: Theme.radius
        width: Math.min(identify.width - 2 * Theme.grid, Theme.length(1000))

        MouseArea {
            anchors.fill: parent
        }
        Timer {
            id: pulse

            property bool on: true

            interval: 250
            repeat: true
            running: true

            onTriggered: pulse.on = !pulse.on
        }
        Column {
            id: words

            anchors.centerIn: parent
            spacing: Theme.grid / 2
            width: frame.width - 2 * frame.edge - 4 * Theme.grid

            Label {
                font.pixelSize: Math.min(Theme.sizeTitle, Math.max(Theme.sizeSmall, 0.36 * identify.height))
                font.weight: Theme.bold
                elide: Text.ElideRight
                horizontalAlignment: Text.AlignHCenter
                maximumLineCount: identify.line ? 1 : 4
                objectName: "identifyPlace"
                tabular: true
                text: identify.place
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                horizontalAlignment: Text.AlignHCenter
                objectName: "identifyDevice"
                tabular: true
                text: identify.device
                visible: !identify.line
                width: parent.width
                wrapMode: Text.WrapAnywhere
            }
        }
    }
}
