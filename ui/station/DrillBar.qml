import QtQuick
import "../components"
import "../theme"

// One bed that passed: its number, how long each part of the road took, how long a patient waits.
Item {
    id: bar

    required property string number
    required property string text
    required property string spoken
    required property real reach
    required property real send
    required property real show

    Accessible.name: bar.spoken
    Accessible.role: Accessible.ListItem
    implicitHeight: Math.round(1.5 * Theme.sizeLabel)

    Label {
        id: number

        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        horizontalAlignment: Text.AlignRight
        minimumPixelSize: Math.round(0.6 * Theme.sizeLabel)
        tabular: true
        text: bar.number
        width: Theme.length(52)
    }
    Rectangle {
        id: track

        anchors.left: number.right
        anchors.leftMargin: Theme.grid
        anchors.right: time.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        clip: true
        color: Theme.sunken
        height: Math.round(0.6 * bar.height)

        // What the hub's order took is no part of a patient's wait: paler.
        Rectangle {
            id: ordered

            color: Theme.line
            height: parent.height
            width: Math.round(bar.reach * track.width)
        }
        Rectangle {
            id: sent

            anchors.left: ordered.right
            color: Theme.dashed
            height: parent.height
            width: Math.round(bar.send * track.width)
        }
        Rectangle {
            anchors.left: sent.right
            color: Theme.brand
            height: parent.height
            width: Math.round(bar.show * track.width)
        }
    }
    Label {
        id: time

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeSmall
        font.weight: Theme.semibold
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Math.round(0.6 * Theme.sizeSmall)
        tabular: true
        text: bar.text
        width: Theme.length(78)
    }
}
