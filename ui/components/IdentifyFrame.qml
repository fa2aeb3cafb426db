import QtQuick
import "../theme"

// Which screen this is, for whoever looks for it: a thick frame that comes and goes twice a second,
// in no colour of a call. It takes no touch and makes no sound.
Item {
    id: identify

    property string place
    property string device

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
                fontSizeMode: Text.Fit
                horizontalAlignment: Text.AlignHCenter
                minimumPixelSize: Math.round(0.7 * Theme.sizeSmall)
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
                visible: identify.height > 6 * Theme.sizeSmall
                width: parent.width
                wrapMode: Text.WrapAnywhere
            }
        }
    }
}
